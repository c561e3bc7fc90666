import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestGateway, testGateway } from "../../testing/testGateway.ts";
import { UNKNOWN_ID } from "../../testing/visits.ts";

let house: TestGateway;
/** Where nothing but what a test does takes a rev. */
let quiet: TestGateway;
beforeAll(async () => {
  [house, quiet] = await Promise.all([testGateway(), testGateway({ site: { bot: { kind: "none" } } })]);
});
afterAll(async () => {
  await house.close();
  await quiet.close();
});

test("closing ends the session for every tab, with a rev of its own", async () => {
  const ada = await quiet.connect();
  const { visitorToken } = await ada.open();
  const tab = await quiet.visit({ visitorToken });
  const { message } = await ada.send("hello");
  const { session } = await ada.ask("session:close", { sessionId: message.sessionId });
  expect(session).toMatchObject({ id: message.sessionId, state: "ended", endReason: "visitor", rev: message.rev + 1 });
  expect(session.endedAt).toEqual(expect.any(String));
  expect(await tab.event("session:ended")).toEqual({ session, reason: "visitor", rev: session.rev });
  expect((await tab.open()).session).toBeNull();
});

test("closing without a name ends what is current", async () => {
  const ada = await house.visit();
  const { message } = await ada.send("hello");
  expect((await ada.ask("session:close", {})).session.id).toBe(message.sessionId);
});

test("nothing is open: before the first message, and after the end", async () => {
  const ada = await house.visit();
  expect(await ada.refusal("session:close", {})).toMatchObject({ code: "no_session", retryable: false });
  const { message } = await ada.send("hello");
  await ada.ask("session:close", {});
  expect(await ada.refusal("session:close", {})).toMatchObject({ code: "no_session" });
  expect(await ada.refusal("session:close", { sessionId: message.sessionId })).toMatchObject({ code: "no_session" });
});

test("yesterday's wish to close does not end today's session", async () => {
  const ada = await house.visit();
  const { message: old } = await ada.send("yesterday");
  await ada.ask("session:close", {});
  const { message } = await ada.send("today");
  for (const sessionId of [old.sessionId, UNKNOWN_ID]) {
    expect(await ada.refusal("session:close", { sessionId })).toMatchObject({ code: "conflict", retryable: false });
  }
  expect((await ada.open()).session).toMatchObject({ id: message.sessionId, state: "open" });
});

test("of five tabs that close at once one ends the session, and it ends once", async () => {
  const ada = await house.visit();
  const { message } = await ada.send("hello");
  const answers = await Promise.all(
    [1, 2, 3, 4, 5].map(() => ada.raw("session:close", { sessionId: message.sessionId })),
  );
  expect(answers.filter((answer) => answer.ok).length).toBe(1);
  expect(ada.of("session:ended").length).toBe(1);
});

test("a reply that streams while the session is closed stays as it was left, and no piece follows", async () => {
  const ada = await house.visit();
  const { message } = await ada.send("Tell me how it works");
  const { messageId } = await ada.event("reply:delta");
  const { session } = await ada.ask("session:close", {});
  const left = await ada.event("message", (told) => told.message.status === "interrupted");
  expect(left.message).toMatchObject({ id: messageId });
  expect([left.rev, session.rev]).toEqual([message.rev + 2, message.rev + 3]);
  expect(ada.heard.at(-1)?.event).toBe("session:ended");
  const page = await ada.ask("history:page", { sessionId: session.id });
  expect(page.messages.at(-1)).toEqual(left.message);
  expect(left.message.text).not.toBe("");
  // A new conversation is answered: the old turn is not in its way, and says nothing more.
  const { message: next } = await ada.send("hello");
  await ada.event(
    "message",
    (told) => told.message.sessionId === next.sessionId && told.message.status === "streaming",
  );
  const after = ada.heard.slice(ada.heard.findIndex((heard) => heard.event === "session:ended"));
  expect(after.filter((h) => h.event === "reply:delta" && h.payload.messageId === messageId)).toEqual([]);
});

test("of two replies that are cut off each has its own rev, and the end the next", async () => {
  const ada = await quiet.visit();
  await ada.send("one");
  const { message, rev } = await ada.send("two");
  await quiet.sql`UPDATE messages SET status = 'streaming' WHERE session_id = ${message.sessionId}`;
  const { session } = await ada.ask("session:close", {});
  await ada.event("session:ended");
  const cut = ada.of("message").filter((told) => told.message.status === "interrupted");
  expect(cut.map((told) => [told.message.text, told.rev])).toEqual([
    ["one", rev + 1],
    ["two", rev + 2],
  ]);
  expect(session.rev).toBe(rev + 3);
});

test("what was shown of an interrupted reply is what is kept", async () => {
  const ada = await house.visit();
  await ada.send("Tell me how it works");
  const begun = await ada.event("message", (told) => told.message.status === "streaming");
  await ada.event("reply:delta", (delta) => delta.offset > 60);
  await ada.ask("session:close", {});
  const left = await ada.event("message", (told) => told.message.status === "interrupted");
  const shown =
    begun.message.text +
    ada
      .of("reply:delta")
      .map((delta) => delta.text)
      .join("");
  expect(left.message.text).toBe(shown);
});

describe("a rating", () => {
  test.each([1, 2, 3, 4, 5])("of %i is kept, with what was said about it, and takes no rev", async (score) => {
    const ada = await quiet.visit();
    const { message } = await ada.send("hello");
    expect(await ada.ask("session:rate", { sessionId: message.sessionId, score, comment: "so" })).toEqual({});
    const rows = await quiet.sql`SELECT score, rev FROM sessions WHERE id = ${message.sessionId}`;
    expect([...rows]).toEqual([{ score, rev: message.rev }]);
  });

  test("can be given after the end, and the last one counts", async () => {
    const ada = await house.visit();
    const { session } = await ada.send("hello").then(() => ada.ask("session:close", {}));
    await ada.ask("session:rate", { sessionId: session.id, score: 1 });
    await ada.ask("session:rate", { sessionId: session.id, score: 4 });
    const rows = await house.sql`SELECT score FROM sessions WHERE id = ${session.id}`;
    expect([...rows]).toEqual([{ score: 4 }]);
  });

  test.each([0, 6, 2.5, -1, "3"])("of %s is no rating", async (score) => {
    const ada = await house.visit();
    const { message } = await ada.send("hello");
    const answer = await ada.raw("session:rate", { sessionId: message.sessionId, score });
    expect(answer).toMatchObject({ ok: false, error: { code: "invalid_payload", details: { fields: ["score"] } } });
  });

  test("of a session nobody knows is not found", async () => {
    const ada = await house.visit();
    expect(await ada.refusal("session:rate", { sessionId: UNKNOWN_ID, score: 3 })).toMatchObject({ code: "not_found" });
  });
});
