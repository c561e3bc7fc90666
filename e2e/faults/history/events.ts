/**
 * What a history is made of: one JSON line for each thing that a client did, saw or was told, and for each fault. Written by
 * recorder.ts, mostly through watchClient.ts; judged by check/checkHistory.ts.
 */
import * as z from "zod";

/** Every line. `t`: milliseconds of the machine's monotonic clock, comparable between processes of one machine. */
const Line = { t: z.number() };

/** Who: the harness's own names, but `device`, which is the `device.id` of the handshake (locks name it). */
const Who = { user: z.string(), device: z.string(), connection: z.string(), node: z.string().optional() };

/** A message as somebody was shown it, on whatever way. `at`: `createdAt`, milliseconds of the server's clock. */
export const Seen = z.object({
  id: z.string(),
  sessionId: z.string(),
  seq: z.number(),
  rev: z.number(),
  clientId: z.string().optional(),
  author: z.enum(["visitor", "bot", "agent", "system"]),
  text: z.string(),
  status: z.enum(["complete", "streaming", "interrupted", "failed"]),
  edited: z.boolean(),
  deleted: z.boolean(),
  at: z.number(),
});

const SessionState = z.enum(["open", "idle", "ended"]);
const ServerTime = z.number().nullable();
/** What the page held, when it asked for what came since. */
const Asked = z.object({ sessionId: z.string(), rev: z.number() }).nullable();

const living = [
  z.object({ ...Line, ...Who, kind: z.literal("connected") }),
  /** Whose connection this is, by the gateway's own id of the user: said by each Snapshot. */
  z.object({ ...Line, ...Who, kind: z.literal("entitled"), userId: z.string() }),
  /** From here on it hears nothing. `code` of `closing`, if it was told. */
  z.object({ ...Line, ...Who, kind: z.literal("closed"), code: z.string().optional() }),
  /** The harness signed it out (by whatever door): from 10 s later on it may hear nothing. */
  z.object({ ...Line, ...Who, kind: z.literal("revoked") }),
  /** This device left for good: nobody waits for it, nor for its outbox. */
  z.object({ ...Line, ...Who, kind: z.literal("quit") }),
] as const;

/** One `call` is one emit: a message that is sent again is another call with the same clientId. */
const calls = [
  z.object({
    ...Line,
    ...Who,
    kind: z.literal("invoke"),
    call: z.string(),
    op: z.enum(["send", "edit", "delete"]),
    /** Of a send. */
    clientId: z.string().optional(),
    /** Of an edit or a delete. */
    messageId: z.string().optional(),
    text: z.string(),
  }),
  z.object({ ...Line, ...Who, kind: z.literal("ok"), call: z.string(), message: Seen }),
  /** No answer came, and none will: nothing is known. */
  z.object({ ...Line, ...Who, kind: z.literal("info"), call: z.string(), why: z.string() }),
  z.object({
    ...Line,
    ...Who,
    kind: z.literal("refused"),
    call: z.string(),
    code: z.string(),
    retryable: z.boolean(),
  }),
  /** It came back to its person as text: this outbox will not send it again. */
  z.object({ ...Line, ...Who, kind: z.literal("returned"), clientId: z.string() }),
] as const;

const seen = [
  /** Live: the event `message`. */
  z.object({ ...Line, ...Who, kind: z.literal("delivery"), message: Seen }),
  /** Live: something of the session itself took a rev (`session:updated`, `session:idle`, `session:ended`); 0: it took none, one that began unheard is named. */
  z.object({
    ...Line,
    ...Who,
    kind: z.literal("change"),
    sessionId: z.string(),
    rev: z.number(),
    state: SessionState,
  }),
  /** The answer of `session:open`, `session:resume`, `session:start`. `askedAt`: when it was asked, as `t`. */
  z.object({
    ...Line,
    ...Who,
    kind: z.literal("snapshot"),
    askedAt: z.number(),
    asked: Asked,
    sessionId: z.string().nullable(),
    state: SessionState.nullable(),
    rev: z.number(),
    reset: z.boolean(),
    hasMore: z.boolean(),
    messages: z.array(Seen),
    outcome: z.enum(["none", "restored", "offer", "primed", "fresh"]),
    /** The session before, where a new one is told of it. */
    previous: z.string().optional(),
  }),
  /** The answer of `sync`. `rev`: the head it brings to. */
  z.object({
    ...Line,
    ...Who,
    kind: z.literal("sync"),
    askedAt: z.number(),
    sessionId: z.string(),
    from: z.number(),
    rev: z.number(),
    reset: z.boolean(),
    state: SessionState,
    messages: z.array(Seen),
  }),
  /** Read out of order: `history:page`, a transcript. */
  z.object({ ...Line, ...Who, kind: z.literal("page"), sessionId: z.string(), messages: z.array(Seen) }),
  /** Any other event that names a session: typing, a receipt, a place in the queue. */
  z.object({ ...Line, ...Who, kind: z.literal("aside"), event: z.string(), sessionId: z.string() }),
] as const;

const baton = [
  /** The lock as this connection was told of it: a grant when `mine`, a loss when it was mine before. */
  z.object({
    ...Line,
    ...Who,
    kind: z.literal("lock"),
    epoch: z.number(),
    holder: z.string().nullable(),
    mine: z.boolean(),
  }),
] as const;

/** Times of the server's clock in milliseconds. */
const time = [
  /**
   * What a client was told to expect: null where no clock runs. `rev` of the session and `now`, the server's time, where the
   * same answer told them.
   */
  z.object({
    ...Line,
    ...Who,
    kind: z.literal("deadlines"),
    sessionId: z.string(),
    rev: z.number().optional(),
    now: z.number().optional(),
    warnAt: ServerTime,
    idleAt: ServerTime,
    endAt: ServerTime,
  }),
  z.object({
    ...Line,
    ...Who,
    kind: z.literal("warned"),
    sessionId: z.string(),
    closesAt: z.number(),
    remainingMs: z.number(),
  }),
  /** Activity ended a warning. */
  z.object({ ...Line, ...Who, kind: z.literal("active"), sessionId: z.string() }),
  z.object({
    ...Line,
    ...Who,
    kind: z.literal("idled"),
    sessionId: z.string(),
    rev: z.number(),
    at: z.number(),
    endsAt: z.number(),
    /** How long after `at` it was heard, where the harness knows the server's clock. */
    lateMs: z.number().optional(),
  }),
  z.object({
    ...Line,
    ...Who,
    kind: z.literal("ended"),
    sessionId: z.string(),
    rev: z.number(),
    at: z.number(),
    reason: z.string(),
    lateMs: z.number().optional(),
  }),
] as const;

const around = [
  /** `name` says which fault; one that is over in a moment (a kill that is not mended) has no heal of its own: say both. */
  z.object({
    ...Line,
    kind: z.literal("fault"),
    name: z.string(),
    node: z.string().optional(),
    phase: z.enum(["begin", "heal"]),
  }),
  /**
   * `queuedBytes` is of one connection (its id in `of`), `memoryBytes` of one node; whatever else is a gauge that must be zero
   * in samples that are `quiet`: taken when everybody has left.
   */
  z.object({
    ...Line,
    kind: z.literal("sample"),
    node: z.string(),
    gauge: z.string(),
    of: z.string().optional(),
    value: z.number(),
    quiet: z.boolean(),
  }),
] as const;

export const HistoryEvent = z.discriminatedUnion("kind", [...living, ...calls, ...seen, ...baton, ...time, ...around]);

export type HistoryEvent = z.infer<typeof HistoryEvent>;
export type History = readonly HistoryEvent[];
export type Seen = z.infer<typeof Seen>;
export type Kind = HistoryEvent["kind"];
export type EventOf<K extends Kind> = Extract<HistoryEvent, { kind: K }>;
/** Before it is written: the recorder tells the time. */
export type Told = { [K in Kind]: Omit<EventOf<K>, "t"> & { t?: number } }[Kind];

/** Of whom a line is. */
export type Who = { user: string; device: string; connection: string; node?: string | undefined };
