import { expect, test } from "vitest";
import { type Append, type AppendStore, createAppendQueue, type SealedEntry } from "./appendQueue.ts";
import { createVault } from "./vault.ts";

const vault = createVault(Buffer.alloc(32, 1));
const keys = vault.keyring([vault.newKey()]);

function says(text: string, sessionId?: string, more: Partial<Append> = {}): Append {
  return {
    userId: "ada",
    site: "demo",
    keys,
    epoch: 1,
    sender: "visitor",
    clientId: `client-${text}`,
    author: { kind: "visitor" },
    kind: "text",
    body: { text },
    status: "complete",
    session: sessionId === undefined ? undefined : { id: sessionId, named: false },
    ...more,
  };
}

const appended = {
  kind: "appended",
  rev: 1,
  at: "2026-01-01T00:00:00.000Z",
  threadId: "t",
  turnOwed: false,
  wasWarned: false,
  moved: [],
} as const;

/** A database whose only current session is «now»; remembers what was written in which order. */
function memoryStore(more: Partial<AppendStore> = {}) {
  const written: string[] = [];
  const batches: string[][] = [];
  const store: AppendStore = {
    async appendBatch(entries: readonly SealedEntry[]) {
      batches.push(entries.map(({ append }) => append.body.text));
      return entries.map(({ sessionId, append: { body } }) => {
        if (sessionId !== "now") return { kind: "alone" };
        return { ...appended, seq: written.push(body.text), sessionId };
      });
    },
    async appendAlone({ body }) {
      return { ...appended, seq: written.push(body.text), sessionId: "now" };
    },
    isDataFault: () => false,
    isOutage: () => false,
    ...more,
  };
  return { store, written, batches };
}

const queueOn = (store: AppendStore) => createAppendQueue(store, { maxWaiting: 100, onBatch() {} });

test.each([
  ["no session is known for the first", undefined],
  ["the first was meant for a session that has ended", "ended"],
])("someone's words keep their order when %s", async (_, first) => {
  const { store, written } = memoryStore();
  const queue = queueOn(store);
  await Promise.all([
    queue.append(says("one", first)),
    queue.append(says("two", "now")),
    queue.append(says("three", "now")),
  ]);
  expect(written).toEqual(["one", "two", "three"]);
});

test("one person without a session keeps nobody else out of the batch", async () => {
  const { store, batches } = memoryStore();
  const queue = queueOn(store);
  await Promise.all([queue.append(says("one")), queue.append(says("two", "now", { userId: "bob" }))]);
  expect(batches).toEqual([["two"]]);
});

test("a writer is answered with their message as everybody will read it", async () => {
  const queue = queueOn(memoryStore().store);
  const { message, appended: isNew } = await queue.append(
    says("hello", "now", { author: { kind: "visitor", name: "Ada" }, replyTo: "m0" }),
  );
  expect(isNew).toBe(true);
  expect(message).toEqual({
    id: expect.any(String),
    sessionId: "now",
    seq: 1,
    rev: 1,
    threadId: "t",
    clientId: "client-hello",
    author: { kind: "visitor", id: "ada", name: "Ada" },
    kind: "text",
    text: "hello",
    replyTo: "m0",
    status: "complete",
    createdAt: appended.at,
  });
});

test("a bot's key is nobody's business on the wire", async () => {
  const queue = queueOn(memoryStore().store);
  const { message } = await queue.append(says("hi", "now", { sender: "bot", author: { kind: "bot" }, epoch: null }));
  expect(message).not.toHaveProperty("clientId");
  expect(message.author).toEqual({ kind: "bot", id: "bot" });
});

test.each([
  ["not_found", { code: "not_found" }],
  ["stale", { name: "StaleEpoch" }],
] as const)("a database that says %s refuses the writer", async (kind, refusal) => {
  const { store } = memoryStore({
    appendBatch: async (all) => all.map(() => ({ kind })),
    appendAlone: async () => ({ kind }),
  });
  await expect(queueOn(store).append(says("x", "now"))).rejects.toMatchObject(refusal);
});

test("a repeat is answered with the first message, and announced to nobody", async () => {
  const first = (await queueOn(memoryStore().store).append(says("x", "now"))).message;
  const { store } = memoryStore({
    appendBatch: async (entries) => entries.map(() => ({ kind: "duplicate", message: first })),
  });
  const again = await queueOn(store).append(says("x", "now"));
  expect(again).toEqual({ message: first, appended: false, turnOwed: false, wasWarned: false, moved: [] });
});

test("a repeat of what cannot be read fails alone; the others of its batch are answered", async () => {
  const unreadable = new Error("damaged");
  const { store } = memoryStore();
  const queue = queueOn({
    ...store,
    appendBatch: async (entries) => {
      const outcomes = await store.appendBatch(entries);
      return outcomes.map((outcome, i) => (i === 0 ? { kind: "fault", error: unreadable } : outcome));
    },
  });
  const answers = await Promise.allSettled([queue.append(says("one", "now")), queue.append(says("two", "now"))]);
  expect(answers).toMatchObject([
    { status: "rejected", reason: unreadable },
    { status: "fulfilled", value: { appended: true } },
  ]);
});
