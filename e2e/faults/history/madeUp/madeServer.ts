/**
 * A server without faults, in a few lines: what it answers is by definition right. Used by people.ts, to make histories that the
 * checker must find clean.
 */
import type { Seen } from "../events.ts";
import type { FinalDatabase } from "../finalDatabase.ts";

export const POLICY = {
  warnBeforeMs: 120_000,
  softExpiryMs: 1_800_000,
  hardExpiryMs: 7_200_000,
  maxDurationMs: 86_400_000,
};

export type MadeUser = { readonly id: string; epoch: number; holder: string | null };
export type MadeSession = {
  readonly id: string;
  readonly user: MadeUser;
  readonly openedAt: number;
  readonly messages: Seen[];
  state: "open" | "idle" | "ended";
  rev: number;
  epoch: number;
  /** The visitor owes the next word since then; undefined while it is ours. */
  silentSince: number | undefined;
  runsUntil: number;
  idledAt: number;
  endedAt: number | null;
  isWarned: boolean;
};
type Deadlines = { warnAt: number | null; idleAt: number | null; endAt: number | null };
const NONE: Deadlines = { warnAt: null, idleAt: null, endAt: null };

export class MadeServer {
  readonly users: MadeUser[] = [];
  readonly sessions: MadeSession[] = [];
  /** By the server's clock. */
  now = 1_800_000_000_000;
  #count = 0;

  addUser(): MadeUser {
    const user = { id: `u${this.users.length}`, epoch: 1, holder: null };
    this.users.push(user);
    return user;
  }

  current(user: MadeUser): MadeSession | undefined {
    return this.sessions.find((session) => session.user === user && session.state !== "ended");
  }

  last(user: MadeUser): MadeSession | undefined {
    return this.sessions.findLast((session) => session.user === user);
  }

  known(user: MadeUser, clientId: string): Seen | undefined {
    const all = this.sessions.filter((session) => session.user === user).flatMap(({ messages }) => messages);
    return all.find((message) => message.clientId === clientId);
  }

  takeOver(user: MadeUser, device: string): void {
    if (user.holder === device) return;
    user.holder = device;
    user.epoch += 1;
    const session = this.current(user);
    if (session) session.epoch = user.epoch;
  }

  begin(user: MadeUser): MadeSession {
    const session: MadeSession = {
      id: `s${this.sessions.length}`,
      user,
      openedAt: this.now,
      messages: [],
      state: "open",
      rev: 0,
      epoch: user.epoch,
      silentSince: undefined,
      runsUntil: this.now + POLICY.maxDurationMs,
      idledAt: 0,
      endedAt: null,
      isWarned: false,
    };
    this.sessions.push(session);
    return session;
  }

  /** What was said by a visitor has a key. */
  append(session: MadeSession, text: string, clientId?: string): Seen {
    this.#count += 1;
    session.rev += 1;
    const message: Seen = {
      id: `m${this.#count}`,
      sessionId: session.id,
      seq: session.messages.length + 1,
      rev: session.rev,
      ...(clientId !== undefined && { clientId }),
      author: clientId === undefined ? "bot" : "visitor",
      text,
      status: "complete",
      edited: false,
      deleted: false,
      at: this.now,
    };
    session.messages.push(message);
    session.silentSince = clientId === undefined ? this.now : undefined;
    session.isWarned = false;
    return message;
  }

  /** @param text undefined: it is deleted */
  change(session: MadeSession, { id }: Seen, text: string | undefined): Seen | undefined {
    const place = session.messages.findIndex((message) => message.id === id);
    const before = session.messages[place];
    if (!before) return undefined;
    session.rev += 1;
    const how = text === undefined ? { text: "", deleted: true } : { text, edited: true };
    const message = { ...before, ...how, rev: session.rev };
    session.messages[place] = message;
    return message;
  }

  deadlines(session: MadeSession): Deadlines {
    const { state, silentSince, runsUntil, idledAt } = session;
    const untilEnd = POLICY.hardExpiryMs - POLICY.softExpiryMs;
    if (state === "idle") return { ...NONE, endAt: idledAt + untilEnd };
    if (state === "ended" || silentSince === undefined) return NONE;
    const bySilence = silentSince + POLICY.softExpiryMs;
    const idleAt = Math.min(bySilence, runsUntil);
    const warnAt = bySilence > runsUntil ? null : bySilence - POLICY.warnBeforeMs;
    return { warnAt, idleAt, endAt: idleAt + untilEnd };
  }

  /** What time does to it next. */
  next(session: MadeSession): { kind: "warn" | "idle" | "end"; at: number } | undefined {
    const { warnAt, idleAt, endAt } = this.deadlines(session);
    if (session.state === "ended") return undefined;
    if (endAt !== null && idleAt === null) return { kind: "end", at: endAt };
    if (warnAt !== null && !session.isWarned) return { kind: "warn", at: warnAt };
    return { kind: "idle", at: idleAt ?? session.runsUntil };
  }

  database(): FinalDatabase {
    return {
      now: this.now,
      policy: POLICY,
      users: this.users.map(({ id, epoch, holder }) => ({ id, epoch, activeDevice: holder, mergedInto: null })),
      sessions: this.sessions.map((session) => this.#row(session)),
      messages: this.sessions.flatMap(({ user, messages }) =>
        messages.map((message) => ({ ...message, userId: user.id })),
      ),
    };
  }

  #row(session: MadeSession): FinalDatabase["sessions"][number] {
    const { id, user, state, rev, messages, epoch, openedAt, endedAt } = session;
    const next = this.next(session);
    return {
      ...{ id, userId: user.id, state, rev, lastSeq: messages.length, epoch, openedAt, endedAt },
      endReason: state === "ended" ? "timeout" : null,
      nextDeadlineAt: next?.at ?? null,
      deadlineKind: next?.kind ?? null,
    };
  }
}
