import { expect, test } from "vitest";
import { bytesOf, isoTime, type MessageRow, toMessage } from "./messageRow.ts";
import { type Body, createVault, messagePlace, sealBody } from "./vault.ts";

const vault = createVault(Buffer.alloc(32, 1));
const keys = vault.keyring([vault.newKey()]);

const sealed = (body: Body) => `\\x${sealBody(keys, messagePlace("s", "m"), body).toString("hex")}`;

function row(more: Partial<MessageRow> = {}): MessageRow {
  return {
    session_id: "s",
    seq: 3,
    rev: 5,
    id: "m",
    user_id: "ada",
    thread_id: "t",
    sender: "visitor",
    client_id: "c",
    author_kind: "visitor",
    author_id: null,
    author_name: null,
    kind: "text",
    body: sealed({ text: "hello" }),
    status: "complete",
    reply_to: null,
    created_at: "2026-01-01T01:00:00.5+01:00",
    edited_at: null,
    deleted_at: null,
    feedback: null,
    ...more,
  };
}

test("a visitor's message is told with its own key, and with no word about what it lacks", () => {
  expect(toMessage(row(), keys)).toEqual({
    id: "m",
    sessionId: "s",
    seq: 3,
    rev: 5,
    threadId: "t",
    clientId: "c",
    author: { kind: "visitor", id: "ada" },
    kind: "text",
    text: "hello",
    status: "complete",
    createdAt: "2026-01-01T00:00:00.500Z",
  });
});

test("all that a message may carry is told", () => {
  const full = row({
    author_name: "Ada",
    kind: "choice",
    body: sealed({ text: "?", data: { options: ["yes"] } }),
    reply_to: "m0",
    edited_at: "2026-01-02T00:00:00Z",
    feedback: "up",
  });
  expect(toMessage(full, keys)).toMatchObject({
    author: { name: "Ada" },
    data: { options: ["yes"] },
    replyTo: "m0",
    editedAt: "2026-01-02T00:00:00.000Z",
    feedback: "up",
  });
});

test("a deleted message keeps its place and says nothing", () => {
  const gone = toMessage(row({ body: null, deleted_at: "2026-01-02T00:00:00Z" }), keys);
  expect(gone).toMatchObject({ seq: 3, text: "", deletedAt: "2026-01-02T00:00:00.000Z" });
});

test.each([
  ["visitor", "someone", "ada"],
  ["bot", null, "bot"],
  ["agent", "eve", "eve"],
  ["system", null, "system"],
] as const)("a %s written down as %s is told as %s", (author_kind, author_id, id) => {
  expect(toMessage(row({ author_kind, author_id }), keys).author.id).toBe(id);
});

test("the key of a bot or an agent is not the visitor's to see", () => {
  expect(toMessage(row({ sender: "bot" }), keys)).not.toHaveProperty("clientId");
});

test("while a reply streams, what its turn has written counts; afterwards the row does", () => {
  expect(toMessage(row({ status: "streaming" }), keys, "hello wor").text).toBe("hello wor");
  expect(toMessage(row({ status: "streaming" }), keys, "").text).toBe("");
  expect(toMessage(row({ status: "streaming" }), keys).text).toBe("hello");
  expect(toMessage(row(), keys, "hello wor").text).toBe("hello");
});

test("a body that lies on another row does not open", () => {
  expect(() => toMessage(row({ id: "other" }), keys)).toThrow("s/other");
});

test("bytes and times are read as Postgres writes them", () => {
  expect(bytesOf("\\x00ff")).toEqual(Buffer.of(0, 255));
  expect(bytesOf("\\x")).toEqual(Buffer.alloc(0));
  expect(isoTime("2026-07-01T12:00:00.123456+02:00")).toBe("2026-07-01T10:00:00.123Z");
  expect(isoTime(new Date(0))).toBe("1970-01-01T00:00:00.000Z");
});
