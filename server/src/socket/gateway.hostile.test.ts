import type { VisitorCommandName } from "@baton/shared/commands";
import { nanoid } from "nanoid";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { TestClient } from "../testing/testClient.ts";
import { type TestGateway, testGateway } from "../testing/testGateway.ts";
import { everythingStored, say } from "../testing/visits.ts";

let house: TestGateway;
let ada: TestClient;
let sessionId: string;
let messageId: string;
let before: Record<string, unknown>;
const prototypes = [Object.prototype, Array.prototype, Function.prototype, String.prototype];
const members = () => prototypes.map((prototype) => Object.getOwnPropertyNames(prototype));
const untouched = members();

beforeAll(async () => {
  house = await testGateway({ site: { bot: { kind: "none" } } });
  ada = await house.visit();
  const [first] = await say(ada, 2);
  sessionId = first?.sessionId ?? "";
  messageId = first?.id ?? "";
  await ada.ask("draft:set", { text: "a draft" });
});
beforeEach(async () => {
  before = await everythingStored(house.sql);
});
/** Nothing is stored, nothing is polluted, and the same connection is served on. */
afterEach(async () => {
  expect(await everythingStored(house.sql)).toEqual(before);
  expect(members()).toEqual(untouched);
  expect((await ada.open()).draft?.text).toBe("a draft");
});
afterAll(() => house.close());

/** A payload that would be taken, for each command that writes or reads something. */
const good = (): Partial<Record<VisitorCommandName, object>> => ({
  "session:open": { resume: { sessionId, rev: 0 } },
  "message:send": { clientId: nanoid(), text: "hello" },
  "message:edit": { messageId, text: "edited" },
  "message:delete": { messageId },
  "message:feedback": { messageId, value: "up" },
  "reply:stop": { messageId },
  sync: { sessionId, rev: 0 },
  "history:page": { sessionId, limit: 1 },
  "history:sessions": { limit: 1 },
  "draft:set": { text: "another" },
  "typing:set": { typing: true },
  "presence:set": { visible: true },
  "receipt:read": { sessionId, seq: 1 },
  "session:close": { sessionId },
  "session:rate": { sessionId, score: 1 },
  "auth:refresh": { userToken: "token" },
  "auth:logout": {},
});

const commands = Object.keys(good()) as VisitorCommandName[];
const invalid = { ok: false, error: { code: "invalid_payload", retryable: false } };

/** The payload with an own key of that name, as a hostile JSON would have it. */
function withKey(payload: object | undefined, key: string): unknown {
  return JSON.parse(`{${JSON.stringify(key)}:{"polluted":true},${JSON.stringify(payload).slice(1)}`.replace(",}", "}"));
}

function deep(levels: number, inside: string): unknown {
  return JSON.parse(`${'{"a":'.repeat(levels)}${inside}${"}".repeat(levels)}`);
}

describe.each(commands)("%s", (name) => {
  test.each(["__proto__", "constructor", "prototype", "toString", "hasOwnProperty", "__defineGetter__"])(
    "takes no key %s",
    async (key) => {
      expect(await ada.raw(name, withKey(good()[name], key))).toMatchObject(invalid);
    },
  );

  test("takes no such key, nor a thousand levels, in any of its fields", async () => {
    const payload = good()[name] ?? {};
    for (const field of Object.keys(payload)) {
      for (const value of [
        withKey({}, "__proto__"),
        withKey({}, "constructor"),
        deep(1_000, "1"),
        deep(5, '{"__proto__":1}'),
      ]) {
        expect(await ada.raw(name, { ...payload, [field]: value })).toMatchObject(invalid);
      }
    }
    expect(await ada.raw(name, deep(1_000, "{}"))).toMatchObject(invalid);
    expect(await ada.raw(name, { ...payload, more: deep(1_000, '"x"') })).toMatchObject(invalid);
  });

  test("takes no list, no bytes, no second payload and no acknowledgement that is an object", async () => {
    const payload = good()[name] ?? {};
    const fake = { call: 1, apply: 1, toString: "x", length: 0 };
    for (const args of [
      [[payload]],
      [Buffer.from("x")],
      [payload, payload],
      [payload, fake],
      [payload, Buffer.from("x")],
      [payload, null],
    ]) {
      expect(await ada.raw(name, ...args)).toMatchObject(invalid);
    }
  });

  test("takes bytes in none of its fields", async () => {
    const payload = good()[name] ?? {};
    for (const field of Object.keys(payload)) {
      expect(await ada.raw(name, { ...payload, [field]: Buffer.from("hello") })).toMatchObject(invalid);
      expect(await ada.raw(name, { ...payload, [field]: [Buffer.from("hello")] })).toMatchObject(invalid);
    }
  });
});

test.each<[string, VisitorCommandName, () => object]>([
  ["half a character", "message:send", () => ({ clientId: "c", text: "a\ud800b" })],
  ["half a character at the end", "message:edit", () => ({ messageId, text: "a\udc00" })],
  ["half a character", "draft:set", () => ({ text: "\udfff" })],
  ["half a character in a comment", "session:rate", () => ({ sessionId, score: 3, comment: "\ud800" })],
  ["NUL", "message:send", () => ({ clientId: "c", text: "a\u0000b" })],
  ["NUL", "draft:set", () => ({ text: "\u0000" })],
  ["NUL in an id", "sync", () => ({ sessionId: `${sessionId}\u0000`, rev: 0 })],
  ["NUL in a clientId", "message:send", () => ({ clientId: "a\u0000", text: "hello" })],
  ["a space in a clientId", "message:send", () => ({ clientId: "a b", text: "hello" })],
  ["a clientId of 65 characters", "message:send", () => ({ clientId: "x".repeat(65), text: "hello" })],
  ["an empty clientId", "message:send", () => ({ clientId: "", text: "hello" })],
  ["a clientId that is a number", "message:send", () => ({ clientId: 1, text: "hello" })],
  ["nothing but white space", "message:send", () => ({ clientId: "c", text: " \n\t" })],
  [
    "text that grows beyond 8,000 units in NFC",
    "message:send",
    () => ({ clientId: "c", text: "\u0958".repeat(4_001) }),
  ],
  [
    "eleven files",
    "message:send",
    () => ({ clientId: "c", text: "x", fileIds: Array.from({ length: 11 }, () => "f") }),
  ],
  ["a rev beyond 2^53", "sync", () => ({ sessionId, rev: 2 ** 53 + 2 })],
  ["a rev beyond an int", "sync", () => ({ sessionId, rev: 2 ** 31 })],
  ["a negative rev", "message:edit", () => ({ messageId, text: "x", rev: -1 })],
  ["a rev that is text", "message:delete", () => ({ messageId, rev: "1" })],
  ["a rev that is no whole number", "message:delete", () => ({ messageId, rev: 1.5 })],
  ["a rev that is no number", "session:open", () => ({ resume: { sessionId, rev: Number.NaN } })],
  ["1e400", "receipt:read", () => JSON.parse(`{"sessionId":"${sessionId}","seq":1e400}`) as object],
  ["a seq beyond 2^53", "receipt:read", () => ({ sessionId, seq: 2 ** 53 + 4 })],
  ["a page of 0", "history:page", () => ({ sessionId, limit: 0 })],
  ["a page of 101", "history:page", () => ({ sessionId, limit: 101 })],
  ["a page of 101", "history:sessions", () => ({ limit: 101 })],
  ["a page before a negative place", "history:page", () => ({ sessionId, beforeSeq: -1 })],
  ["a comment of 2,001 units", "message:feedback", () => ({ messageId, value: "up", comment: "x".repeat(2_001) })],
  ["a claim that is no truth", "session:open", () => ({ claim: "false" })],
])("%s is refused by %s", async (_what, name, payload) => {
  expect(await ada.raw(name, payload())).toMatchObject({
    ...invalid,
    error: { details: { fields: [expect.any(String)] } },
  });
});

test("SQL, paths and formats in an id are an id that nobody has", async () => {
  for (const id of ["';DROP/**/TABLE/**/users--", "../../etc/passwd", "%s%n", "{{7*7}}", "$1"]) {
    expect(await ada.raw("sync", { sessionId: id, rev: 0 })).toMatchObject({ error: { code: "not_found" } });
    expect(await ada.raw("message:delete", { messageId: id })).toMatchObject({ error: { code: "not_found" } });
  }
});
