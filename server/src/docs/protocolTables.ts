/** PURE. The tables of docs/protocol.md, from the wire as shared declares it. */
import { visitorCommands } from "@baton/shared/commands";
import { LIMITS } from "@baton/shared/limits";
import { visitorNotices } from "@baton/shared/notices";
import { CLOSINGS, CONNECT_REFUSALS, REFUSALS } from "@baton/shared/refusals";
import { VisitorAuth } from "@baton/shared/visitor/connecting";
import * as shapes from "@baton/shared/visitor/shapes";
import * as z from "zod";
import { code, table } from "./markdown.ts";
import { definition, notation } from "./schemaNotation.ts";

export function commandTable(notServedYet: ReadonlySet<string>): string {
  const rows = Object.entries(visitorCommands).map(([event, { payload, data, about }]) => [
    notServedYet.has(event) ? `${code(event)} *` : code(event),
    code(notation(payload)),
    code(notation(data)),
    about,
  ]);
  return table(["event", "payload", "data of the ack", ""], rows);
}

export function eventTable(): string {
  const rows = Object.entries(visitorNotices).map(([event, { payload, about }]) => [
    code(event),
    code(notation(payload)),
    about,
  ]);
  return table(["event", "payload", "when"], rows);
}

export function shapeTable(): string {
  // A module lists its exports by name in Node, by place under the tests' bundler: one order for both.
  const inOrder = Object.entries(shapes).toSorted(([a], [b]) => (a < b ? -1 : 1));
  const rows = inOrder.map(([name, schema]) => [name, code(definition(schema))]);
  return table(["shape", "fields"], rows);
}

export function authTable(): string {
  const rows = Object.entries(VisitorAuth.shape).map(([key, field]) => [
    code(key),
    code(notation(field)),
    field instanceof z.ZodOptional ? "" : "required",
  ]);
  return table(["field", "type", ""], rows);
}

export function refusalTable(): string {
  const rows = Object.entries(REFUSALS).map(([refusal, { retryable, about }]) => [
    code(refusal),
    retryable ? "yes" : "no",
    about,
  ]);
  return table(["code", "retryable", ""], rows);
}

export function connectRefusalTable(): string {
  return table(
    ["code", ""],
    Object.entries(CONNECT_REFUSALS).map(([refusal, about]) => [code(refusal), about]),
  );
}

export function closingTable(): string {
  const rows = Object.entries(CLOSINGS).map(([closing, { mayReturn, about }]) => [
    code(closing),
    mayReturn ? "yes" : "no",
    about,
  ]);
  return table(["code", "may return", ""], rows);
}

const PRIMITIVES: readonly (readonly [string, string])[] = [
  ["Id", "1 to 64 printable ASCII characters, opaque"],
  ["ClientId", "an Id made by the sender; nanoid is what the widget makes"],
  [
    "DeviceId",
    `${LIMITS.deviceIdUnits} characters of nanoid's alphabet, kept as long as the browser profile keeps its storage`,
  ],
  ["Time", "ISO 8601, UTC: `2026-01-01T00:00:00.000Z`"],
  ["DurationMs", "whole milliseconds"],
  ["Count", "a whole number from 0"],
  [
    "MessageText, SomeText",
    `well-formed Unicode without NUL, kept in NFC, at most ${LIMITS.textUnits} UTF-16 units; SomeText is not empty`,
  ],
  ["Comment", `the same, at most ${LIMITS.commentUnits}`],
];

export function primitiveTable(): string {
  return table(["type", "is"], PRIMITIVES);
}
