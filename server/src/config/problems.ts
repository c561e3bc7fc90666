/** Turns what a schema found into sentences an operator can act on: where, cause, mend. */
import * as z from "zod";
import { didYouMean } from "./didYouMean.ts";

type Path = readonly PropertyKey[];

/** `sites[0].policy.softExpiryMs`, as one would write it. */
function writtenPath(path: Path): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === "number") return `${text}[${key}]`;
    return text === "" ? String(key) : `${text}.${String(key)}`;
  }, "");
}

function unwrapped(schema: unknown): unknown {
  let inner = schema;
  while (inner instanceof z.ZodOptional || inner instanceof z.ZodDefault || inner instanceof z.ZodPrefault)
    inner = inner.unwrap();
  return inner;
}

function step(schema: unknown, key: PropertyKey): unknown {
  const inner = unwrapped(schema);
  if (inner instanceof z.ZodArray) return inner.element;
  if (inner instanceof z.ZodObject) return inner.shape[String(key)];
  return undefined;
}

/** The keys an object at this path may have; for a union, those of all its members. */
function knownKeys(schema: z.ZodType, path: Path): string[] {
  const inner = unwrapped(path.reduce<unknown>(step, schema));
  if (inner instanceof z.ZodObject) return Object.keys(inner.shape);
  if (inner instanceof z.ZodUnion) {
    return [
      ...new Set(inner.options.flatMap((option) => (option instanceof z.ZodObject ? Object.keys(option.shape) : []))),
    ];
  }
  return [];
}

function unknownKey(key: string, known: readonly string[]): string {
  const guess = didYouMean(key, known);
  const mend = guess ? `Did you mean ${guess}?` : `Known here: ${known.join(", ")}.`;
  return `is no setting of that name. ${mend}`;
}

function sentence(text: string): string {
  return /[.?!]$/.test(text) ? text : `${text}.`;
}

function cause(issue: z.core.$ZodIssue): string {
  // Zod's own words begin so; what a schema of ours says is better than anything made here.
  if (!issue.message.startsWith("Invalid")) return issue.message;
  if (issue.code === "invalid_type" && issue.message.endsWith("received undefined")) {
    return `is missing. Add ${article(issue.expected)}`;
  }
  if (issue.code === "invalid_type") return `must be ${article(issue.expected)}. Write one`;
  if (issue.code === "invalid_value")
    return `must be one of ${issue.values.map(String).join(", ")}. Choose one of them`;
  return issue.message;
}

function article(noun: string): string {
  if (noun === "int") return "a whole number";
  return `${/^[aeiou]/.test(noun) ? "an" : "a"} ${noun}`;
}

function toProblems(issue: z.core.$ZodIssue, schema: z.ZodType, root: string): string[] {
  if (issue.code === "unrecognized_keys") {
    const known = knownKeys(schema, issue.path);
    return issue.keys.map((key) => `${writtenPath([...issue.path, key])}: ${unknownKey(key, known)}`);
  }
  return [`${writtenPath(issue.path) || root}: ${sentence(cause(issue))}`];
}

/** Every problem a schema found, one line each. `root` names the whole when a problem has no path. */
export function schemaProblems(error: z.ZodError, schema: z.ZodType, root: string): string[] {
  return error.issues.flatMap((issue) => toProblems(issue, schema, root));
}

/**
 * The fields that are valid, each taken by itself. Zod does not run the rules of a whole object while one of its fields is
 * wrong; so rules about several fields are checked on what is returned here, and one start names every problem.
 */
export function soundParts<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  input: unknown,
): Partial<z.output<z.ZodObject<Shape>>> {
  const given: Record<string, unknown> = typeof input === "object" && input !== null ? { ...input } : {};
  const sound: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(schema.shape)) {
    const parsed = z.safeParse(field, given[key]);
    if (parsed.success) sound[key] = parsed.data;
  }
  return sound as Partial<z.output<z.ZodObject<Shape>>>;
}
