/** The tools with which defects are put into a made-up history. Used by the defects beside it. */
import { seenIn } from "../check/evidence.ts";
import type { FindingKind, Invariant } from "../check/finding.ts";
import type { Limits } from "../check/limits.ts";
import type { EventOf, HistoryEvent, Kind, Seen } from "../events.ts";
import type { FinalDatabase, MessageRow, SessionRow, UserRow } from "../finalDatabase.ts";
import type { Chance } from "./chance.ts";
import type { Made } from "./madeHistory.ts";

type Writable<T> = { -readonly [K in keyof T]: T[K] };
/** A copy that can be spoiled. */
export type Spoilt = {
  history: HistoryEvent[];
  database: {
    now: number;
    users: Writable<UserRow>[];
    sessions: Writable<SessionRow>[];
    messages: Writable<MessageRow>[];
    policy: NonNullable<FinalDatabase["policy"]>;
  };
};

export type Defect = {
  /** A sentence about what went wrong. */
  readonly name: string;
  readonly finds: `${Invariant} ${FindingKind}`;
  readonly limits?: Partial<Limits>;
  /** @returns false where this history has no place for it */
  readonly spoil: (spoilt: Spoilt, chance: Chance) => boolean;
};

/** Deep: nothing that is changed in one place is shared with another. */
export function copyOf(made: Made): Spoilt {
  return JSON.parse(JSON.stringify(made)) as Spoilt;
}

export function all<K extends Kind>({ history }: Spoilt, kind: K): EventOf<K>[] {
  return history.filter((event): event is EventOf<K> => event.kind === kind);
}

/** One of those that fit. */
export function some<Item>(chance: Chance, items: readonly Item[], fits: (item: Item) => boolean): Item | undefined {
  return chance.pick(items.filter(fits));
}

/** Runs `change` on what was found, and tells whether there was something. */
export function on<Item>(item: Item | undefined, change: (item: Item) => unknown): boolean {
  if (item === undefined) return false;
  return change(item) !== false;
}

export type Answered = { invoke: EventOf<"invoke">; ok: EventOf<"ok">; row: Writable<MessageRow> };

/** Calls that were acknowledged, with the rows that they made or changed. */
export function answered(spoilt: Spoilt, op: EventOf<"invoke">["op"] = "send"): Answered[] {
  const invokes = new Map(all(spoilt, "invoke").map((invoke) => [invoke.call, invoke]));
  return all(spoilt, "ok").flatMap((ok) => {
    const invoke = invokes.get(ok.call);
    const row = rowOf(spoilt, ok.message.id);
    return invoke?.op === op && row ? [{ invoke, ok, row }] : [];
  });
}

/** Sent once, answered once, never changed: nothing else hangs on it. */
export function plain(spoilt: Spoilt): Answered[] {
  const times = new Map<string | undefined, number>();
  for (const { clientId } of all(spoilt, "invoke")) times.set(clientId, (times.get(clientId) ?? 0) + 1);
  return answered(spoilt).filter(({ invoke, row }) => times.get(invoke.clientId) === 1 && !row.edited && !row.deleted);
}

export function rowOf({ database }: Spoilt, id: string): Writable<MessageRow> | undefined {
  return database.messages.find((row) => row.id === id);
}

export function rowsIn({ database }: Spoilt, sessionId: string): Writable<MessageRow>[] {
  return database.messages.filter((row) => row.sessionId === sessionId).sort((a, b) => a.seq - b.seq);
}

export function sessionOf({ database }: Spoilt, id: string | null): Writable<SessionRow> | undefined {
  return database.sessions.find((row) => row.id === id);
}

/** As everybody saw it, and as it is kept. */
export function everywhere(spoilt: Spoilt, id: string, change: (message: Seen | Writable<MessageRow>) => void): void {
  for (const event of spoilt.history) for (const seen of seenIn(event)) if (seen.id === id) change(seen);
  for (const row of spoilt.database.messages) if (row.id === id) change(row);
}

/** `a` and `b` change what `keys` name, everywhere. */
export function exchange(spoilt: Spoilt, [a, b]: readonly [Seen, Seen], keys: readonly ("seq" | "rev")[]): void {
  const [first, second] = [{ ...a }, { ...b }];
  everywhere(spoilt, first.id, (message) => {
    for (const key of keys) message[key] = second[key];
  });
  everywhere(spoilt, second.id, (message) => {
    for (const key of keys) message[key] = first[key];
  });
}

export function insertAfter({ history }: Spoilt, event: HistoryEvent, added: HistoryEvent): void {
  history.splice(history.indexOf(event) + 1, 0, { ...added, t: event.t });
}

export function remove({ history }: Spoilt, fits: (event: HistoryEvent) => boolean): void {
  history.splice(0, history.length, ...history.filter((event) => !fits(event)));
}

export function inOrder({ history }: Spoilt): void {
  history.sort((a, b) => a.t - b.t);
}

export function endOf({ history }: Spoilt): number {
  return history.at(-1)?.t ?? 0;
}

/** Of a connection that is open at the end, and of whom it is. */
export type Open = { userId: string; entitled: EventOf<"entitled"> };

export function openAtEnd(spoilt: Spoilt): Open[] {
  const closed = new Set(all(spoilt, "closed").map(({ connection }) => connection));
  return all(spoilt, "entitled")
    .filter(({ connection }) => !closed.has(connection))
    .map((entitled) => ({ userId: entitled.userId, entitled }));
}

export function whoOf({ user, device, connection, node }: EventOf<"entitled">) {
  return { user, device, connection, ...(node !== undefined && { node }) };
}

/** After the end: one more message in a session, kept and not yet told. */
export function oneMore(spoilt: Spoilt, session: Writable<SessionRow>, said: Partial<Seen> = {}): Seen {
  session.rev += 1;
  session.lastSeq += 1;
  const { id: sessionId, userId, rev, lastSeq: seq } = session;
  const message: Seen = {
    ...{ id: `late${rev}`, sessionId, seq, rev, author: "bot", text: "late", status: "complete" },
    ...{ edited: false, deleted: false, at: spoilt.database.now },
    ...said,
  };
  spoilt.database.messages.push({ ...message, userId });
  return message;
}

/** After the end: a connection hears of it. */
export function tell(spoilt: Spoilt, open: readonly Open[], message: Seen): void {
  for (const { entitled } of open)
    spoilt.history.push({ ...whoOf(entitled), kind: "delivery", message: { ...message }, t: endOf(spoilt) + 1 });
}

export function syncAtEnd(spoilt: Spoilt, { entitled }: Open, session: SessionRow, from: number): void {
  const t = endOf(spoilt) + 1;
  const messages = rowsIn(spoilt, session.id).filter(({ rev }) => rev > from);
  const { id: sessionId, rev, state } = session;
  const seen = messages.map(({ userId: _owner, text = "", ...row }) => ({ ...row, text }));
  const how = { askedAt: t, sessionId, from, rev, reset: false, state } as const;
  spoilt.history.push({ ...whoOf(entitled), kind: "sync", ...how, messages: seen, t });
}

/** Somebody whose current session is open, with all that listens to it at the end. */
export function someAudience(spoilt: Spoilt, chance: Chance) {
  const sessions = spoilt.database.sessions.filter(({ state }) => state === "open");
  const session = chance.pick(sessions);
  if (!session) return undefined;
  const open = openAtEnd(spoilt).filter(({ userId }) => userId === session.userId);
  const victim = chance.pick(open);
  return victim && { session, open, victim, others: open.filter((one) => one !== victim) };
}
