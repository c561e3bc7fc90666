import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestGateway, testGateway } from "../../testing/testGateway.ts";
import { askBot, say, UNKNOWN_ID } from "../../testing/visits.ts";

let house: TestGateway;
let quiet: TestGateway;
beforeAll(async () => {
  [house, quiet] = await Promise.all([testGateway(), testGateway({ site: { bot: { kind: "none" } } })]);
});
afterAll(async () => {
  await house.close();
  await quiet.close();
});

test("sync tells what changed after a rev, and all that takes no rev whole", async () => {
  const ada = await quiet.visit();
  const [first, second, third] = await say(ada, 3);
  if (!first || !second || !third) throw new Error("three were said");
  const deleted = await ada.ask("message:delete", { messageId: first.id });
  await ada.ask("receipt:read", { sessionId: first.sessionId, seq: 2 });
  const { user, session } = await ada.open();
  const answer = await ada.ask("sync", { sessionId: first.sessionId, rev: second.rev });
  expect(answer).toMatchObject({
    session,
    lock: { mine: true },
    deadlines: { warnAt: null, idleAt: null, endAt: null },
    receipts: [{ author: { kind: "visitor", id: user.id }, delivered: 2, read: 2 }],
    rev: deleted.rev,
    reset: false,
  });
  expect(answer.changes).toEqual([third, deleted.message]);
});

test("sync at the head tells nothing, and sync from 0 tells all", async () => {
  const ada = await quiet.visit();
  const messages = await say(ada, 3);
  const sessionId = messages[0]?.sessionId ?? "";
  expect(await ada.ask("sync", { sessionId, rev: 3 })).toMatchObject({ changes: [], rev: 3, reset: false });
  expect(await ada.ask("sync", { sessionId, rev: 0 })).toMatchObject({ changes: messages, rev: 3, reset: false });
});

test("a rev above the head is answered with reset and the last messages", async () => {
  const ada = await quiet.visit();
  const messages = await say(ada, 3);
  const answer = await ada.ask("sync", { sessionId: messages[0]?.sessionId ?? "", rev: 2_000_000_000 });
  expect(answer).toMatchObject({ changes: messages, rev: 3, reset: true });
});

test("more than 200 changes are answered with reset and the last 50; 200 are told one by one", async () => {
  const ada = await quiet.visit();
  const messages = await say(ada, 201);
  const sessionId = messages[0]?.sessionId ?? "";
  const reset = await ada.ask("sync", { sessionId, rev: 0 });
  expect(reset).toMatchObject({ reset: true, rev: 201 });
  expect(reset.changes).toEqual(messages.slice(-50));
  expect(await ada.ask("sync", { sessionId, rev: 1 })).toMatchObject({ reset: false, changes: messages.slice(1) });
});

test("changes of more than 200 KB are answered with reset and what fits", async () => {
  const ada = await quiet.visit();
  const messages = await say(ada, 40, (i) => `${i} `.padEnd(7_000, "\u20ac"));
  const answer = await ada.ask("sync", { sessionId: messages[0]?.sessionId ?? "", rev: 0 });
  expect(answer.reset).toBe(true);
  expect(Buffer.byteLength(JSON.stringify(answer.changes))).toBeLessThanOrEqual(200_000);
  expect(answer.changes.length).toBeGreaterThan(5);
  expect(answer.changes).toEqual(messages.slice(-answer.changes.length));
});

test("an ended session can be synced; it says how it ended", async () => {
  const ada = await quiet.visit();
  const { message } = await ada.send("hello");
  const { session } = await ada.ask("session:close", {});
  const answer = await ada.ask("sync", { sessionId: message.sessionId, rev: 1 });
  expect(answer).toMatchObject({ session, rev: session.rev, changes: [], reset: false });
  expect(answer.session).toMatchObject({ state: "ended", endReason: "visitor" });
});

test("a session nobody knows is not found", async () => {
  const ada = await quiet.visit();
  expect(await ada.refusal("sync", { sessionId: UNKNOWN_ID, rev: 0 })).toMatchObject({ code: "not_found" });
});

test("someone who syncs in the middle of a reply goes on exactly where it is", async () => {
  const ada = await house.connect();
  const { visitorToken } = await ada.open();
  const late = await house.visit({ visitorToken });
  const { message } = await ada.send("Tell me how it works");
  const { messageId } = await ada.event("reply:delta");
  const { changes } = await late.ask("sync", { sessionId: message.sessionId, rev: message.rev });
  const reply = changes.find((change) => change.id === messageId);
  const done = await late.event(
    "message",
    (told) => told.message.id === messageId && told.message.status === "complete",
  );
  expect(reply).toMatchObject({ status: "streaming" });
  let text = reply?.text ?? "";
  for (const delta of late.of("reply:delta")) {
    if (delta.offset + delta.text.length <= text.length) continue;
    expect(delta.offset).toBe(text.length);
    text += delta.text;
  }
  expect(text).toBe(done.message.text);
});

test("what a finished reply took is told by sync in its last form only", async () => {
  const ada = await house.visit();
  const reply = await askBot(ada, "hello");
  const answer = await ada.ask("sync", { sessionId: reply.sessionId, rev: 1 });
  expect(answer).toMatchObject({ changes: [reply], rev: reply.rev });
});
