/** A run of a turn with a made-up bot and a made-up store, for tests. */
import type { Announcement } from "../announcement.ts";
import type { SiteConfig } from "../config/config.ts";
import { createLog } from "../log.ts";
import { createMetrics } from "../metrics.ts";
import type { SessionRow } from "../session/sessionRow.ts";
import type { Append } from "../transcript/appendQueue.ts";
import type { MessageRow } from "../transcript/messageRow.ts";
import type { Transcript } from "../transcript/transcript.ts";
import { createVault, messagePlace, openBody, sealBody } from "../transcript/vault.ts";
import type { Bot, BotEvent } from "./bot.ts";
import { runTurn, type TurnParts } from "./runTurn.ts";
import type { ClaimedTurn, Finish, LoadedTurn, TurnStore } from "./turnStore.ts";

const vault = createVault(Buffer.alloc(32, 1));
const keys = vault.keyring([vault.newKey()]);
export const SORRY = "Something went wrong on our side. Please try again.";
export const STOP = new Error("a connector broke");

function messageRow(id: string, more: Partial<MessageRow> & { text: string }): MessageRow {
  const { text, ...columns } = more;
  return {
    session_id: "s",
    seq: 1,
    rev: 1,
    id,
    user_id: "ada",
    thread_id: "t",
    sender: "visitor",
    client_id: null,
    author_kind: "visitor",
    author_id: null,
    author_name: null,
    kind: "text",
    body: `\\x${sealBody(keys, messagePlace("s", id), { text }).toString("hex")}`,
    status: "complete",
    reply_to: null,
    created_at: "2026-01-01T00:00:00.000Z",
    edited_at: null,
    deleted_at: null,
    feedback: null,
    ...columns,
  };
}

export const reply = (text: string, status: MessageRow["status"]) =>
  messageRow("r", { text, status, seq: 2, sender: "bot", author_kind: "bot", author_id: "bot" });

const session = { id: "s", state: "open", context: {}, mode: "bot", rev: 3 } as SessionRow;

export const loadedTurn = (more: Partial<LoadedTurn> = {}): LoadedTurn => ({
  session,
  user: { id: "ada", name: null, verified: false, keys },
  messages: [messageRow("q", { text: "hello" })],
  reply: undefined,
  ...more,
});

/** A turn store of one turn, which remembers what it was asked. */
export function memoryStore(loaded: LoadedTurn | undefined, more: Partial<TurnStore> = {}) {
  const finishes: Finish[] = [];
  const begun: Append[] = [];
  const store: TurnStore = {
    claim: async () => [],
    nextDueMs: async () => undefined,
    load: async () => loaded,
    beginReply: async (_, append) => {
      begun.push(append);
      return { session, reply: reply(append.body.text, append.status) };
    },
    checkpoint: async () => true,
    finish: async (_, finish) => {
      finishes.push(finish);
      const still = { row: session, now: 0, effects: [], interrupted: [] };
      return {
        before: still,
        moved: still,
        isLate: false,
        reply: finish.apology && reply(finish.apology.body.text, finish.apology.status),
      };
    },
    release: async () => {},
    releaseAll: async () => {},
    ...more,
  };
  return { store, finishes, begun };
}

type Given = { bot?: Bot | undefined; turn?: Partial<ClaimedTurn>; store: TurnStore; texts?: Record<string, string> };

export function run({ bot, turn, store, texts = {} }: Given) {
  const said: Announcement[] = [];
  const metrics = createMetrics();
  metrics.close();
  const parts: TurnParts = {
    store,
    transcript: {} as Transcript,
    sites: new Map([["demo", { id: "demo", texts } as unknown as SiteConfig]]),
    say: (announcements) => void said.push(...announcements),
    tell: () => {},
    live: { set() {}, delete() {} },
    metrics,
    log: createLog({ level: "silent" }),
    isAlone: false,
    queuePosition: async () => 1,
  };
  const claimed = { id: "turn", sessionId: "s", userId: "ada", site: "demo", attempt: 1, replyId: undefined, ...turn };
  const running = runTurn(claimed, bot, parts);
  const outcomes = async () => (await metrics.turns.get()).values.map(({ labels }) => labels.outcome);
  const typing = () => said.flatMap((told) => (told.event === "typing" ? [told.payload.typing] : []));
  const messages = () => said.flatMap((told) => (told.event === "message" ? [told.payload.message] : []));
  return { running, outcomes, typing, messages };
}

export function botThat(answer: (signal: AbortSignal) => AsyncIterable<BotEvent>): Bot {
  return { name: "Made up", isCalledBy: () => false, answer: (_, signal) => answer(signal) };
}

export const says = (...pieces: string[]) =>
  botThat(async function* () {
    for (const text of pieces) yield { kind: "text", text } as const;
  });

export const breaksAfter = (...pieces: string[]) =>
  botThat(async function* () {
    for (const text of pieces) yield { kind: "text", text } as const;
    throw STOP;
  });

/** Says so much, then nothing, whatever its signal says. */
export const hangsAfter = (...pieces: string[]) =>
  botThat(async function* () {
    for (const text of pieces) yield { kind: "text", text } as const;
    await new Promise(() => {});
  });

export const textOf = (finish: Finish | undefined) =>
  finish?.body && openBody(keys, messagePlace("s", "r"), finish.body).text;
