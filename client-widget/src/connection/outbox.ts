/**
 * What was written and is not yet known to be kept by the gateway. Pure; the same actions run in every tab.
 * One entry is under way at a time, in order, with the same clientId until it is answered for good.
 */
import type { RefusalCode } from "@baton/shared/refusals";

/** Older than this, a person is asked before it is sent: they may have changed their mind. */
export const STALE_MS = 3_600_000;

export type OutboxEntry = {
  readonly clientId: string;
  readonly text: string;
  /** The session the person was looking at; none: whichever is open, else a new one. */
  readonly sessionId?: string | undefined;
  readonly createdAt: number;
  /**
   * `stale`: written long ago, waits for a yes. `refused`: waits for a person's decision. `returned`: another device had
   * the baton, so it is a draft again, kept here until this device may write.
   */
  readonly state: "waiting" | "stale" | "refused" | "returned";
  readonly refusal?: RefusalCode | undefined;
};

export type Outbox = readonly OutboxEntry[];

export type OutboxAction =
  | { kind: "add"; entry: OutboxEntry }
  | { kind: "load"; entries: Outbox; now: number }
  | { kind: "kept"; clientId: string }
  | { kind: "refuse"; clientId: string; code: RefusalCode }
  | { kind: "retry"; clientId: string; now: number }
  | { kind: "drop"; clientId: string };

export function judgeOutbox(outbox: Outbox, action: OutboxAction): Outbox {
  switch (action.kind) {
    case "add":
      return merge(outbox, [action.entry]);
    case "load":
      return merge(
        outbox,
        action.entries.map((entry) => aged(entry, action.now)),
      );
    case "kept":
    case "drop":
      return without(outbox, action.clientId);
    case "refuse":
      return change(outbox, action.clientId, (entry) => ({
        ...entry,
        state: action.code === "not_active_device" ? "returned" : "refused",
        refusal: action.code,
      }));
    case "retry":
      // The session it was meant for may be what refused it: now it goes to the one that is open.
      return change(outbox, action.clientId, ({ clientId, text }) => ({
        clientId,
        text,
        createdAt: action.now,
        state: "waiting",
      }));
  }
}

/** The entry to send now: the oldest that waits. A refused one holds nobody up. */
export function nextToSend(outbox: Outbox): OutboxEntry | undefined {
  return outbox.find((entry) => entry.state === "waiting");
}

function aged(entry: OutboxEntry, now: number): OutboxEntry {
  return entry.state === "waiting" && now - entry.createdAt > STALE_MS ? { ...entry, state: "stale" } : entry;
}

/** What is held already wins: storage may be older than what this tab has just learnt. */
function merge(outbox: Outbox, entries: Outbox): Outbox {
  const held = new Set(outbox.map((entry) => entry.clientId));
  const fresh = entries.filter((entry) => !held.has(entry.clientId));
  if (fresh.length === 0) return outbox;
  return [...outbox, ...fresh].sort((a, b) => a.createdAt - b.createdAt);
}

function without(outbox: Outbox, clientId: string): Outbox {
  return outbox.some((entry) => entry.clientId === clientId)
    ? outbox.filter((entry) => entry.clientId !== clientId)
    : outbox;
}

function change(outbox: Outbox, clientId: string, to: (entry: OutboxEntry) => OutboxEntry): Outbox {
  return outbox.map((entry) => (entry.clientId === clientId ? to(entry) : entry));
}
