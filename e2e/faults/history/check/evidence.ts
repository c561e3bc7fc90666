/** A history and a database, sorted so that each check finds what it needs: made once by checkHistory. PURE. */
import type { EventOf, History, HistoryEvent, Seen } from "../events.ts";
import type { FinalDatabase, MessageRow, SessionRow } from "../finalDatabase.ts";
import type { Limits } from "./limits.ts";

export type Ending = EventOf<"ok"> | EventOf<"info"> | EventOf<"refused">;
/** One emit and what became of it. */
export type Call = { readonly invoke: EventOf<"invoke">; ending?: Ending; send?: Send };
/** One message as its sender knows it: all calls with its clientId, in order. */
export type Send = {
  readonly userId: string;
  readonly clientId: string;
  readonly calls: Call[];
  /** What the database has under this key: one row, if all is well. */
  readonly rows: readonly MessageRow[];
  isReturned: boolean;
};

export type Evidence = {
  readonly history: History;
  readonly database: FinalDatabase;
  readonly limits: Limits;
  readonly calls: readonly Call[];
  readonly sends: readonly Send[];
  /** Of each connection, in order. */
  readonly byConnection: ReadonlyMap<string, readonly ConnectionEvent[]>;
  readonly rowById: ReadonlyMap<string, MessageRow>;
  readonly sessionById: ReadonlyMap<string, SessionRow>;
  /** Ascending by seq. */
  readonly rowsOfSession: ReadonlyMap<string, readonly MessageRow[]>;
  /** As the gateway said when it opened; undefined before. */
  grantedUser(connection: string): string | undefined;
  /** Whose it is now: after all mergers. */
  ownerNow(userId: string): string;
  /** Who the connection speaks for, after all mergers; a name of its own for one that never opened. */
  userOf(connection: string): string;
};

export type ConnectionEvent = Extract<HistoryEvent, { connection: string }>;

export function gather(history: History, database: FinalDatabase, limits: Limits): Evidence {
  const granted = new Map<string, string>();
  for (const event of history) if (event.kind === "entitled") granted.set(event.connection, event.userId);
  const ownerNow = ownersNow(database);
  const userOf = usersOf(history, (connection) => {
    const userId = granted.get(connection);
    return userId === undefined ? undefined : ownerNow(userId);
  });
  const calls = callsOf(history);
  return {
    history,
    database,
    limits,
    calls,
    sends: sendsOf({ history, calls, userOf, rowsOf: ownRows(database, ownerNow) }),
    byConnection: grouped(history.filter(isOfConnection), ({ connection }) => connection),
    rowById: new Map(database.messages.map((row) => [row.id, row])),
    sessionById: new Map(database.sessions.map((row) => [row.id, row])),
    rowsOfSession: grouped(
      database.messages.toSorted((a, b) => a.seq - b.seq),
      ({ sessionId }) => sessionId,
    ),
    grantedUser: (connection) => granted.get(connection),
    ownerNow,
    userOf,
  };
}

function ownersNow({ users }: FinalDatabase): (userId: string) => string {
  const mergedInto = new Map(users.map(({ id, mergedInto: into }) => [id, into]));
  return (userId) => {
    let owner = userId;
    for (let steps = users.length; steps > 0; steps--) {
      const into = mergedInto.get(owner);
      if (typeof into !== "string") break;
      owner = into;
    }
    return owner;
  };
}

/**
 * A connection whose Snapshot was lost on the way is its person's all the same: the gateway had opened it, and tells it
 * things. That is known where the person was never anybody else.
 */
function usersOf(history: History, entitledTo: (connection: string) => string | undefined) {
  const personOf = new Map<string, string>();
  const ownersOf = new Map<string, Set<string>>();
  for (const event of history) {
    if (!isOfConnection(event)) continue;
    const owner = entitledTo(event.connection);
    personOf.set(event.connection, event.user);
    if (owner !== undefined) ownersOf.set(event.user, (ownersOf.get(event.user) ?? new Set()).add(owner));
  }
  return (connection: string): string => {
    const owners = [...(ownersOf.get(personOf.get(connection) ?? "") ?? [])];
    const only = owners.length === 1 ? owners[0] : undefined;
    return entitledTo(connection) ?? only ?? `nobody yet on ${connection}`;
  };
}

function callsOf(history: History): Call[] {
  const calls = new Map<string, Call>();
  for (const event of history) {
    if (event.kind === "invoke") calls.set(event.call, { invoke: event });
    if (event.kind !== "ok" && event.kind !== "info" && event.kind !== "refused") continue;
    const call = calls.get(event.call);
    // An ack that comes after the patience has ended tells more than that it had not come.
    if (call && (!call.ending || event.kind === "ok")) call.ending = event;
  }
  return [...calls.values()];
}

/** Of each visitor and key. */
function ownRows({ messages }: FinalDatabase, ownerNow: (userId: string) => string) {
  const keyed = messages.filter(({ author, clientId }) => author === "visitor" && clientId !== undefined);
  const rows = grouped(keyed, ({ userId, clientId }) => `${ownerNow(userId)} ${clientId}`);
  return (userId: string, clientId: string) => rows.get(`${userId} ${clientId}`) ?? [];
}

type Sending = {
  history: History;
  calls: readonly Call[];
  userOf: (connection: string) => string;
  rowsOf: (userId: string, clientId: string) => readonly MessageRow[];
};

function sendsOf({ history, calls, userOf, rowsOf }: Sending): Send[] {
  const sends = new Map<string, Send>();
  for (const call of calls) {
    const { op, clientId, connection } = call.invoke;
    if (op !== "send" || clientId === undefined) continue;
    const userId = userOf(connection);
    const key = `${userId} ${clientId}`;
    const send = sends.get(key) ?? { userId, clientId, calls: [], rows: rowsOf(userId, clientId), isReturned: false };
    send.calls.push(call);
    call.send = send;
    sends.set(key, send);
  }
  for (const event of history) {
    const send = event.kind === "returned" && sends.get(`${userOf(event.connection)} ${event.clientId}`);
    if (send) send.isReturned = true;
  }
  return [...sends.values()];
}

export function isOfConnection(event: HistoryEvent): event is ConnectionEvent {
  return "connection" in event;
}

export function grouped<Item>(items: Iterable<Item>, keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group) group.push(item);
    else groups.set(key, [item]);
  }
  return groups;
}

/** Every message that an event shows. */
export function seenIn(event: HistoryEvent): readonly Seen[] {
  switch (event.kind) {
    case "ok":
    case "delivery":
      return [event.message];
    case "snapshot":
    case "sync":
    case "page":
      return event.messages;
    default:
      return [];
  }
}

/** For a witness of what is wrong with a row: the last event that shows this message; none when nobody ever saw it. */
export function lastShowing(history: History, messageId: string): HistoryEvent[] {
  return lastThat(history, (event) => seenIn(event).some(({ id }) => id === messageId));
}

/** As `lastShowing`, of a session. */
export function lastNaming(history: History, sessionId: string): HistoryEvent[] {
  return lastThat(
    history,
    (event) => ("sessionId" in event ? event.sessionId : seenIn(event)[0]?.sessionId) === sessionId,
  );
}

function lastThat(history: History, fits: (event: HistoryEvent) => boolean): HistoryEvent[] {
  const last = history.findLast(fits);
  return last ? [last] : [];
}

/** The index of the last item of an ascending list that is not above `value`; -1 when there is none. */
export function lastUpTo<Item>(ascending: readonly Item[], value: number, of: (item: Item) => number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const item = ascending[middle];
    if (item !== undefined && of(item) <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
