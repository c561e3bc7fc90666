/**
 * Group commit: every new message of every author goes through here. One batch is one round trip and one transaction
 * (migrations: append_messages); what the batch cannot decide runs alone, in its turn, under the user's row lock.
 */
import type { Message, Session } from "@baton/shared/visitor/shapes";
import { nanoid } from "nanoid";
import { notFound, Refused, StaleEpoch } from "../refused.ts";
import type { Moved } from "../session/sessionStore.ts";
import { type Settled, UserQueue } from "./userQueue.ts";
import { type Body, type Keyring, messagePlace, sealBody } from "./vault.ts";

export type Append = {
  userId: string;
  site: string;
  keys: Keyring;
  /** What the writer's connection was granted; null for bots, agents and the system, who need none. */
  epoch: number | null;
  /** Whose space `clientId` is unique in. */
  sender: string;
  clientId?: string;
  author: { kind: Message["author"]["kind"]; id?: string; name?: string };
  kind: Message["kind"];
  body: Body;
  status: Message["status"];
  replyTo?: string;
  /** Must be the session's own. */
  threadId?: string;
  /** Where it goes: a session the writer named, or the one this node believes to be current. */
  session: { id: string; named: boolean } | undefined;
  /** Set when the site has a bot: the turn that this message opens, or joins. */
  turn?: { quietMs: number; gatherMs: number; callsBot: boolean };
};

/** An entry on its way to the database: it has its id, and what it says is sealed for its place. */
export type SealedEntry = { append: Append; id: string; sealed: Buffer; sessionId: string };

export type Appended = {
  seq: number;
  rev: number;
  at: string;
  sessionId: string;
  threadId: string;
  turnOwed: boolean;
  /** Its session had been warned: somebody is there after all. */
  wasWarned: boolean;
  /** What became of the session it met, before this message: its time had come, or it goes on. */
  moved: readonly Moved[];
  /** A session that began, or changed its mode, with this message. */
  session?: Session;
};

export type AppendOutcome =
  | ({ kind: "appended" } & Appended)
  | { kind: "duplicate"; message: Message }
  /** Only this entry failed: what it repeats cannot be read. */
  | { kind: "fault"; error: unknown }
  | { kind: "stale" | "alone" | "not_found" };

export type Result = {
  message: Message;
  /** True when this very call appended it: then it is announced. */
  appended: boolean;
  session?: Session;
  turnOwed: boolean;
  wasWarned: boolean;
  moved: readonly Moved[];
};

/** What the queue needs from the database. */
export type AppendStore = {
  appendBatch(entries: readonly SealedEntry[]): Promise<readonly AppendOutcome[]>;
  /** Under the user's row lock: finds or makes the session, then appends. */
  appendAlone(append: Append, id: string): Promise<AppendOutcome>;
  isDataFault(error: unknown): boolean;
  isOutage(error: unknown): boolean;
};

export type AppendQueue = {
  append(append: Append): Promise<Result>;
  /** Any other write of this user, in order with their messages. */
  alone<T>(userId: string, task: () => Promise<T>): Promise<T>;
  /** Settles when nothing waits and nothing is on its way. */
  drained(): Promise<void>;
};

type Item = { append: Append; id: string };

const MAX_BATCH = 200;
/** Each takes a connection to the database; reads need some too. */
const MAX_ALONE = 4;

export type AppendQueueOptions = {
  /** One more is `rate_limited`: a database that stands still costs no more memory than this. */
  maxWaiting: number;
  onBatch(size: number): void;
};

export function createAppendQueue(store: AppendStore, { maxWaiting, onBatch }: AppendQueueOptions): AppendQueue {
  async function runBatch(items: readonly Item[]): Promise<Settled<AppendOutcome>[]> {
    const sealed = together(items).map(({ append, id }) => sealFor(append, id, append.session.id));
    if (sealed.length > 0) onBatch(sealed.length);
    const outcomes = sealed.length > 0 ? await store.appendBatch(sealed) : [];
    const byId = new Map(sealed.map((entry, i) => [entry.id, outcomes[i]]));
    return items.map(({ append, id }) => {
      const outcome = byId.get(id);
      // What a batch does not find may have moved to another user a moment ago: alone, under the user's lock, it is known.
      const undecided = !outcome || outcome.kind === "alone" || outcome.kind === "not_found";
      return undecided ? { alone: () => store.appendAlone(append, id) } : { done: outcome };
    });
  }

  const queue = new UserQueue<Item, AppendOutcome>({
    maxBatch: MAX_BATCH,
    maxAlone: MAX_ALONE,
    maxWaiting,
    runBatch,
    isDataFault: store.isDataFault,
    isOutage: store.isOutage,
    full: () => new Refused("rate_limited", "Too many messages wait to be stored.", { retryAfterMs: 1_000 }),
  });

  return {
    async append(append) {
      const id = nanoid();
      return resultOf(append, id, await queue.add(append.userId, { append, id }));
    },
    alone: (userId, task) => queue.alone(userId, task),
    drained: () => queue.drained(),
  };
}

type Placed = Item & { append: { session: { id: string } } };
type Run = { sessionId: string; keys: Set<string> };

/**
 * Those that may go in one batch: of each user the first entries, up to one that is meant for another session, repeats a
 * key, or calls the bot back. From there on all of that user's run alone after the batch: were anything later in the batch,
 * it would come before.
 */
function together(items: readonly Item[]): Placed[] {
  const runs = new Map<string, Run | "over">();
  return items.filter((item): item is Placed => {
    const { userId, session } = item.append;
    const run = runs.get(userId) ?? (session ? { sessionId: session.id, keys: new Set<string>() } : "over");
    const goesOn = run !== "over" && continues(run, item.append);
    runs.set(userId, goesOn ? run : "over");
    return goesOn;
  });
}

function continues({ sessionId, keys }: Run, { session, sender, clientId, turn }: Append): boolean {
  if (session?.id !== sessionId || turn?.callsBot) return false;
  if (clientId === undefined) return true;
  const key = `${sender} ${clientId}`;
  const isRepeat = keys.has(key);
  keys.add(key);
  return !isRepeat;
}

export function sealFor(append: Append, id: string, sessionId: string): SealedEntry {
  // Not spread: an object of twenty copied fields cost more than the sealing.
  return { append, id, sessionId, sealed: sealBody(append.keys, messagePlace(sessionId, id), append.body) };
}

function resultOf(append: Append, id: string, outcome: AppendOutcome): Result {
  switch (outcome.kind) {
    case "duplicate":
      return { message: outcome.message, appended: false, turnOwed: false, wasWarned: false, moved: [] };
    case "appended": {
      const { session, turnOwed, wasWarned, moved } = outcome;
      const message = messageOf(append, id, outcome);
      return { message, appended: true, turnOwed, wasWarned, moved, ...(session && { session }) };
    }
    case "not_found":
      throw notFound("message or thread");
    case "fault":
      throw outcome.error;
    case "stale":
      throw new StaleEpoch();
    case "alone":
      throw new Error("an entry that ran alone was asked to run alone again");
  }
}

function messageOf(append: Append, id: string, row: Appended): Message {
  const { author, clientId, body, replyTo } = append;
  return {
    id,
    sessionId: row.sessionId,
    seq: row.seq,
    rev: row.rev,
    threadId: row.threadId,
    ...(clientId !== undefined && append.sender === "visitor" && { clientId }),
    author: {
      kind: author.kind,
      id: author.id ?? (author.kind === "visitor" ? append.userId : author.kind),
      ...(author.name !== undefined && { name: author.name }),
    },
    kind: append.kind,
    text: body.text,
    ...(body.data && { data: body.data }),
    ...(replyTo !== undefined && { replyTo }),
    status: append.status,
    createdAt: row.at,
  };
}
