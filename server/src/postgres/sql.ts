/** Plain SQL in tagged templates: values become parameters, parts become text. PURE. */
import { createHash } from "node:crypto";

/** A piece of a statement that is text, not a value; may carry values of its own. Made by `part`. */
export class Part {
  readonly strings: readonly string[];
  readonly values: readonly unknown[];
  constructor(strings: readonly string[], values: readonly unknown[]) {
    this.strings = strings;
    this.values = values;
  }
}

export function part(strings: TemplateStringsArray, ...values: readonly unknown[]): Part {
  return new Part(strings, values);
}

/** A JSON parameter: the driver would take a bare array for an array of Postgres. */
export function json(value: unknown): string {
  return JSON.stringify(value);
}

/** `name` makes it a prepared statement: the same text is parsed and planned once for each connection. */
export type Statement = { name: string; text: string; values: unknown[] };

const names = new Map<string, string>();

export function statement(strings: readonly string[], values: readonly unknown[]): Statement {
  const collected: unknown[] = [];
  const text = flatten(strings, values, collected);
  let name = names.get(text);
  if (name === undefined) {
    name = createHash("sha256").update(text).digest("base64url").slice(0, 22);
    names.set(text, name);
  }
  return { name, text, values: collected };
}

function flatten(strings: readonly string[], values: readonly unknown[], collected: unknown[]): string {
  let text = strings[0] ?? "";
  for (const [i, value] of values.entries()) {
    text += value instanceof Part ? flatten(value.strings, value.values, collected) : `$${collected.push(value)}`;
    text += strings[i + 1] ?? "";
  }
  return text;
}
