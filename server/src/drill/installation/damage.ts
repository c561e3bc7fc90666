/** PURE. Ways in which a value in Redis can be bad: what to write in its place. Performed by redisValues.ts. */
import { randomBytes } from "node:crypto";

export const DAMAGES = ["truncated", "garbled", "wrongType", "huge", "old"] as const;
export type Damage = (typeof DAMAGES)[number];

/** A value as Redis holds it; `dump` is its own form for carrying one elsewhere. */
export type Value =
  | { readonly type: "string"; readonly content: Buffer }
  | { readonly type: "hash"; readonly fields: Readonly<Record<string, string>> }
  | { readonly type: "other" };

export type Writing =
  | { readonly as: "string"; readonly content: Buffer }
  | { readonly as: "hash"; readonly fields: Readonly<Record<string, string>> }
  | { readonly as: "list"; readonly items: readonly string[] }
  | { readonly as: "dump"; readonly dump: Buffer };

const HUGE_BYTES = 8_000_000;
const HUGE_FIELDS = 5_000;
const GARBAGE_BYTES = 300;

/** @param old the value as it was earlier, if it was there. Without one nothing is written for `old`. */
export function damaged(value: Value, damage: Damage, old: Buffer | undefined): Writing | undefined {
  switch (damage) {
    case "truncated":
      return truncated(value);
    case "garbled":
      return value.type === "hash" ? { as: "hash", fields: mapped(value.fields, garbage) } : asGarbage();
    case "wrongType":
      return value.type === "string" ? { as: "list", items: ["this", "is", "a", "list"] } : asGarbage();
    case "huge":
      return value.type === "hash"
        ? { as: "hash", fields: { ...value.fields, ...manyFields() } }
        : { as: "string", content: Buffer.alloc(HUGE_BYTES, "x") };
    case "old":
      return old && { as: "dump", dump: old };
  }
}

function truncated(value: Value): Writing {
  if (value.type === "string") return { as: "string", content: half(value.content) };
  if (value.type === "hash")
    return { as: "hash", fields: mapped(value.fields, (text) => text.slice(0, text.length / 2)) };
  return asGarbage();
}

function half(content: Buffer): Buffer {
  return content.subarray(0, Math.floor(content.length / 2));
}

function asGarbage(): Writing {
  return { as: "string", content: randomBytes(GARBAGE_BYTES) };
}

function garbage(): string {
  return randomBytes(GARBAGE_BYTES).toString("base64");
}

function mapped(fields: Readonly<Record<string, string>>, change: (text: string) => string): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).map(([name, text]) => [name, change(text)]));
}

function manyFields(): Record<string, string> {
  return Object.fromEntries(Array.from({ length: HUGE_FIELDS }, (_, i) => [`field-${i}`, "x".repeat(200)]));
}
