import { type VisitorCommandName, visitorCommands } from "@baton/shared/commands";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestGateway, testGateway } from "../../testing/testGateway.ts";
import { everythingStored, UNKNOWN_ID } from "../../testing/visits.ts";
import { NOT_SERVED_YET } from "./table.ts";

let house: TestGateway;
beforeAll(async () => {
  house = await testGateway({ site: { bot: { kind: "none" } } });
});
afterAll(() => house.close());

const id = UNKNOWN_ID;
/** One payload that fits, for each command. The type says when one is missing. */
const good: Record<VisitorCommandName, object> = {
  "session:open": {},
  "session:resume": { sessionId: id },
  "session:start": {},
  "session:takeover": {},
  "session:keepalive": {},
  "session:close": {},
  "session:rate": { sessionId: id, score: 5 },
  sync: { sessionId: id, rev: 0 },
  "presence:set": { visible: true },
  "message:send": { clientId: "c", text: "hello" },
  "message:edit": { messageId: id, text: "hello" },
  "message:delete": { messageId: id },
  "message:feedback": { messageId: id, value: "up" },
  "reply:stop": { messageId: id },
  "reply:retry": { messageId: id },
  "history:page": { sessionId: id },
  "history:sessions": {},
  "history:search": { query: "hello" },
  "thread:list": {},
  "thread:switch": { threadId: id },
  "transcript:ticket": { sessionId: id, format: "txt" },
  "draft:set": { text: "hello" },
  "typing:set": { typing: true },
  "receipt:read": { sessionId: id, seq: 1 },
  "context:update": {},
  "file:ticket": { name: "a", size: 1, type: "text/plain" },
  "auth:refresh": { userToken: "token" },
  "auth:logout": {},
  "memory:list": {},
  "memory:correct": { factId: id, statement: "so" },
  "memory:forget": { all: true },
  "memory:set": { enabled: true },
  "handover:create": {},
  "handover:confirm": { accept: true },
};

const names = Object.keys(visitorCommands) as VisitorCommandName[];
const notServed = new Set<string>(NOT_SERVED_YET);
const served = names.filter((name) => !notServed.has(name));

test("each payload that is taken for good here is one", () => {
  for (const name of names)
    expect([name, visitorCommands[name].payload.safeParse(good[name]).success]).toEqual([name, true]);
});

test.each(served.filter((name) => name !== "session:open"))("%s before session:open is no_session", async (name) => {
  const before = await everythingStored(house.sql);
  const ada = await house.connect();
  const answer = await ada.raw(name, good[name]);
  expect(answer).toMatchObject({ ok: false, error: { code: "no_session", retryable: false } });
  expect(await everythingStored(house.sql)).toEqual(before);
});

test.each([
  ...NOT_SERVED_YET,
  "message",
  "session:steal",
  "",
  "toString",
  "__proto__",
  "constructor",
  "hasOwnProperty",
])("«%s» is an unknown event, before and after opening", async (name) => {
  const ada = await house.connect();
  const answers = [await ada.raw(name, {}), await ada.open().then(() => ada.raw(name, {}))];
  for (const answer of answers) {
    expect(answer).toMatchObject({ ok: false, error: { code: "unknown_event", retryable: false } });
  }
});

describe.each(served)("%s", (name) => {
  /** Each field of a good payload spoilt in turn. NaN arrives as null, which takes a thumb back. */
  const wrong = name === "message:feedback" ? [{}, [], 1.5] : [{}, [], 1.5, Number.NaN, null];
  const spoilt = Object.keys(good[name]).flatMap((field) =>
    wrong.map((value) => ({ field, payload: { ...good[name], [field]: value } })),
  );

  test("names the fields that do not fit", async () => {
    const ada = name === "session:open" ? await house.connect() : await house.visit();
    for (const { field, payload } of spoilt) {
      const answer = await ada.raw(name, payload);
      expect(answer).toMatchObject({ ok: false, error: { code: "invalid_payload", details: { fields: [field] } } });
    }
    for (const field of Object.keys(good[name])) {
      const { [field]: _left, ...rest } = good[name] as Record<string, unknown>;
      const answer = await ada.raw(name, rest);
      expect(answer).toMatchObject({ ok: false, error: { code: "invalid_payload", details: { fields: [field] } } });
    }
  });

  test("takes no field that it does not know, and nothing but an object", async () => {
    const ada = name === "session:open" ? await house.connect() : await house.visit();
    for (const payload of [{ ...good[name], surprise: 1 }, null, "text", 7, true, [], [good[name]]]) {
      expect(await ada.raw(name, payload)).toMatchObject({ ok: false, error: { code: "invalid_payload" } });
    }
    expect(await ada.raw(name, good[name], good[name])).toMatchObject({
      ok: false,
      error: { code: "invalid_payload" },
    });
    // It is still served.
    expect(await (await house.connect()).open()).toMatchObject({ session: null });
  });
});
