import type { Refusal } from "@baton/shared/refusals";
import type { Message } from "@baton/shared/visitor/shapes";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { TestClient } from "../../testing/testClient.ts";
import { type TestGateway, testGateway } from "../../testing/testGateway.ts";
import { askBot, UNKNOWN_ID } from "../../testing/visits.ts";

let house: TestGateway;
let withBot: TestGateway;
beforeAll(async () => {
  [house, withBot] = await Promise.all([testGateway({ site: { bot: { kind: "none" } } }), testGateway()]);
});
afterAll(async () => {
  await house.close();
  await withBot.close();
});

async function said(at = house): Promise<{ ada: TestClient; tab: TestClient; message: Message }> {
  const ada = await at.connect();
  const { visitorToken } = await ada.open();
  const tab = await at.visit({ visitorToken });
  const { message } = await ada.send("first");
  return { ada, tab, message };
}

type More = { rev?: number; text?: string };

type Change = {
  ask(who: TestClient, message: Message, more?: More): Promise<{ message: Message; rev: number }>;
  refusal(who: TestClient, message: Message, more?: More): Promise<Refusal>;
};

const editing = ({ id }: Message, { text = "edited", ...more }: More = {}) => ({ messageId: id, text, ...more });
const deleting = ({ id }: Message, { rev }: More = {}) => ({ messageId: id, ...(rev !== undefined && { rev }) });

const edit: Change = {
  ask: (who, message, more) => who.ask("message:edit", editing(message, more)),
  refusal: (who, message, more) => who.refusal("message:edit", editing(message, more)),
};
const drop: Change = {
  ask: (who, message, more) => who.ask("message:delete", deleting(message, more)),
  refusal: (who, message, more) => who.refusal("message:delete", deleting(message, more)),
};

describe.each([
  ["an edit", edit],
  ["a deletion", drop],
] as const)("%s of one's own message", (_what, change) => {
  test("takes the next rev, keeps its place, and is told to every tab in the same shape", async () => {
    const { ada, tab, message } = await said();
    const { message: second } = await ada.send("second");
    const changed = await change.ask(ada, message);
    expect(changed.rev).toBe(second.rev + 1);
    expect(changed.message).toMatchObject({ id: message.id, seq: 1, rev: changed.rev, createdAt: message.createdAt });
    const told = await tab.event("message", (heard) => heard.rev === changed.rev);
    expect(told).toEqual(changed);
    expect((await ada.open()).messages[0]).toEqual(changed.message);
  });

  test("is a conflict when the message has changed since, and changes nothing", async () => {
    const { ada, message } = await said();
    const { message: edited } = await edit.ask(ada, message, { text: "by the other tab" });
    const refusal = await change.refusal(ada, message, { rev: message.rev, text: "late" });
    expect(refusal).toMatchObject({ code: "conflict", retryable: false });
    expect((await ada.open()).messages[0]).toEqual(edited);
  });

  test("fits when it names the last rev", async () => {
    const { ada, message } = await said();
    const { rev } = await change.ask(ada, message, { rev: message.rev });
    expect(rev).toBeGreaterThan(message.rev);
  });

  test("sent again answers the same and takes no further rev", async () => {
    const { ada, message } = await said();
    const first = await change.ask(ada, message, { rev: message.rev });
    expect(await change.ask(ada, message, { rev: message.rev })).toEqual(first);
  });

  test("is refused once the session has ended", async () => {
    const { ada, message } = await said();
    await ada.ask("session:close", {});
    expect(await change.refusal(ada, message)).toMatchObject({ code: "session_ended", retryable: false });
    const page = await ada.ask("history:page", { sessionId: message.sessionId });
    expect(page.messages[0]).toEqual(message);
  });

  test("is forbidden for what the bot said", async () => {
    const { ada } = await said(withBot);
    const reply = await askBot(ada, "hello");
    expect(await change.refusal(ada, reply)).toMatchObject({ code: "forbidden", retryable: false });
    expect((await ada.open()).messages.find((m) => m.id === reply.id)).toEqual(reply);
  });

  test("is not found for an unknown message", async () => {
    const { ada, message } = await said();
    expect(await change.refusal(ada, { ...message, id: UNKNOWN_ID })).toMatchObject({ code: "not_found" });
  });
});

test("an edited message says when, and its text is kept in NFC", async () => {
  const { ada, message } = await said();
  const changed = await edit.ask(ada, message, { text: "cafe\u0301" });
  expect(changed.message).toMatchObject({ text: "caf\u00e9", editedAt: expect.any(String) });
  expect(message).not.toHaveProperty("editedAt");
});

test("a deleted message has no text any more, on the wire and in the database, not even what it said before", async () => {
  const { ada, message } = await said();
  await edit.ask(ada, message);
  const changed = await drop.ask(ada, message);
  expect(changed.message).toMatchObject({ text: "", deletedAt: expect.any(String) });
  const bodies = await house.sql`
    SELECT body FROM messages WHERE id = ${message.id}
    UNION ALL SELECT body FROM message_revisions WHERE message_id = ${message.id}`;
  expect(bodies.map((row) => row.body)).toEqual([null, null]);
});

test("a deleted message cannot be edited", async () => {
  const { ada, message } = await said();
  const { message: gone } = await drop.ask(ada, message);
  expect(await edit.refusal(ada, message)).toMatchObject({ code: "conflict" });
  expect((await ada.open()).messages[0]).toEqual(gone);
});
