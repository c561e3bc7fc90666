/** PURE. A schema in the short notation of docs/protocol.md: `{ sessionId: Id, rev?: Count }`. */
import * as z from "zod";

type JsonSchema = z.core.JSONSchema._JSONSchema;

function objectNotation(schema: z.core.JSONSchema.JSONSchema): string {
  const fields = Object.entries(schema.properties ?? {}).map(([key, field]) => {
    const mark = schema.required?.includes(key) ? "" : "?";
    return `${key}${mark}: ${jsonNotation(field)}`;
  });
  if (fields.length > 0) return `{ ${fields.join(", ")} }`;
  if (typeof schema.additionalProperties !== "object") return "{}";
  return `{ [key]: ${jsonNotation(schema.additionalProperties)} }`;
}

function itemNotation(items: JsonSchema | undefined): string {
  const inner = jsonNotation(items ?? true);
  return inner.includes(" | ") && !inner.startsWith("{") ? `(${inner})[]` : `${inner}[]`;
}

function plainNotation(schema: z.core.JSONSchema.JSONSchema): string {
  const { minimum, maximum } = schema;
  const bounded = schema.type === "integer" && minimum !== undefined && maximum !== undefined && minimum > -1e9;
  return bounded ? `${minimum}..${maximum}` : String(schema.type ?? "any");
}

/** Zod's JSON Schema of a wire type. Named types stay names. */
function jsonNotation(schema: JsonSchema): string {
  if (typeof schema === "boolean") return "any";
  if (schema.$ref !== undefined) return schema.$ref.split("/").at(-1) ?? "";
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  const either = schema.anyOf ?? schema.oneOf;
  if (either) return either.map(jsonNotation).join(" | ");
  if (schema.type === "object") return objectNotation(schema);
  if (schema.type === "array") return itemNotation(Array.isArray(schema.items) ? undefined : schema.items);
  return plainNotation(schema);
}

function jsonSchemaOf(schema: z.ZodType): z.core.JSONSchema.JSONSchema {
  return z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
}

/** As it is used: a named type is its name. */
export function notation(schema: z.ZodType): string {
  return jsonNotation(jsonSchemaOf(schema));
}

/** As it is defined: the fields of a named type. */
export function definition(schema: z.ZodType): string {
  const { id: _id, $ref, $defs, ...rest } = jsonSchemaOf(schema);
  const name = $ref?.split("/").at(-1);
  return jsonNotation((name !== undefined && $defs?.[name]) || rest);
}
