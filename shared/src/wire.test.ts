import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import * as z from "zod";
import { visitorCommands } from "./commands.ts";
import { visitorNotices } from "./notices.ts";
import { PROTOCOL_VERSION, WIRE_HISTORY } from "./version.ts";

/** JSON Schema of both sides of both tables, keys sorted: the same wire gives the same text. */
function wireText(): string {
  const schema = (type: z.ZodType, io: "input" | "output") => z.toJSONSchema(type, { io, unrepresentable: "any" });
  const up = Object.entries(visitorCommands).map(([name, c]) => [
    name,
    schema(c.payload, "input"),
    schema(c.data, "input"),
  ]);
  const down = Object.entries(visitorNotices).map(([name, n]) => [name, schema(n.payload, "input")]);
  return JSON.stringify(
    [up, down].map((table) => table.toSorted()),
    (_key, value) =>
      value && typeof value === "object" && !Array.isArray(value)
        ? Object.fromEntries(Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
        : value,
  );
}

test("the wire cannot change silently: its hash stands in version.ts beside the protocol's number", () => {
  const hash = createHash("sha256").update(wireText()).digest("hex").slice(0, 16);
  expect(WIRE_HISTORY.at(-1)).toMatchObject({ protocol: PROTOCOL_VERSION, hash });
});

test("no payload lets an own __proto__ key through", () => {
  const hostile = JSON.parse('{"clientId":"c1","text":"hi","__proto__":{"polluted":true}}') as unknown;
  expect(visitorCommands["message:send"].payload.safeParse(hostile).success).toBe(false);
});

test("text with a lone surrogate, a NUL or nothing in it is refused, and the rest is kept in NFC", () => {
  const send = visitorCommands["message:send"].payload;
  for (const text of ["\ud800", "a\u0000b", "", "  \n"])
    expect(send.safeParse({ clientId: "c", text }).success).toBe(false);
  expect(send.parse({ clientId: "c", text: "e\u0301" }).text).toBe("\u00e9");
});

test("text of 8,000 UTF-16 units passes and one more does not, judged before and after NFC", () => {
  const send = visitorCommands["message:send"].payload;
  expect(send.safeParse({ clientId: "c", text: "x".repeat(8_000) }).success).toBe(true);
  expect(send.safeParse({ clientId: "c", text: "x".repeat(8_001) }).success).toBe(false);
  // U+0958 is excluded from composition: NFC makes two units of one.
  expect(send.safeParse({ clientId: "c", text: "\u0958".repeat(4_001) }).success).toBe(false);
});
