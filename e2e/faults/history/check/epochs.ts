/**
 * One device speaks: I7, I8. PURE. Called by checkHistory.
 *
 * No row says under which epoch a message was written, but it can only have been one that its device held, not older than
 * what anybody had heard of before it was sent, and not newer than what was known when it was acknowledged. Where such an
 * epoch does not exist, two devices wrote; where the epochs cannot be put in an order that never falls along seq, one of
 * them wrote late. An epoch of which nobody ever heard may have been anybody's.
 */
import type { EventOf } from "../events.ts";
import { type Call, type Evidence, grouped, lastUpTo } from "./evidence.ts";
import type { Finding } from "./finding.ts";

type Grant = { readonly holder: string; readonly event: EventOf<"lock"> };
/** Of one user, as they were before any merger: a merged user counts anew. */
type Reign = {
  readonly grants: ReadonlyMap<number, Grant>;
  /** Rising: when each new epoch was first heard of, by anybody. */
  readonly heard: readonly EventOf<"lock">[];
  /** In the database. */
  readonly last: number;
  readonly slackMs: number;
};
type Writing = { readonly name: string; readonly calls: readonly Call[]; readonly ok: EventOf<"ok"> | undefined };

/** Said together with the assurance that nothing was written. */
const NOT_WRITTEN = new Set(["not_active_device", "invalid_payload", "session_ended", "not_found", "rate_limited"]);

export function checkEpochs(evidence: Evidence): Finding[] {
  const { history, calls, grantedUser, database, limits } = evidence;
  const locks = history.filter((event) => event.kind === "lock");
  const callsOf = grouped(calls, ({ invoke }) => grantedUser(invoke.connection) ?? "");
  return [...grouped(locks, ({ connection }) => grantedUser(connection) ?? "")].flatMap(([userId, heard]) => {
    // A site that wants no lock gives the baton to everybody.
    if (userId === "" || heard.some(({ mine, holder }) => mine && holder === null)) return [];
    const own = callsOf.get(userId) ?? [];
    const last = database.users.find(({ id }) => id === userId)?.epoch ?? heard.at(-1)?.epoch ?? 0;
    const reign = { ...reignOf(heard), last, slackMs: limits.grantHeardWithinMs };
    const sends = sendsInPlace(evidence, own);
    return [
      ...sharedEpochs(heard),
      ...beyondDatabase(reign),
      ...[...sends, ...changesOf(own)].flatMap((writing) => uncovered(reign, writing)),
      ...falls(reign, sends),
    ];
  });
}

function reignOf(locks: readonly EventOf<"lock">[]) {
  const grants = new Map<number, Grant>();
  const heard: EventOf<"lock">[] = [];
  for (const event of locks) {
    const { epoch, holder } = event;
    if (holder !== null && !grants.has(epoch)) grants.set(epoch, { holder, event });
    if (epoch > (heard.at(-1)?.epoch ?? -1)) heard.push(event);
  }
  return { grants, heard };
}

function sharedEpochs(locks: readonly EventOf<"lock">[]): Finding[] {
  const first = new Map<number, EventOf<"lock">>();
  return locks.flatMap((event): Finding[] => {
    if (event.holder === null) return [];
    const before = first.get(event.epoch);
    first.set(event.epoch, before ?? event);
    if (!before || before.holder === event.holder) return [];
    const words = `epoch ${event.epoch} was granted to ${before.holder} and to ${event.holder}`;
    return [{ kind: "dual writer", invariant: "I8", witness: [before, event], words }];
  });
}

function beyondDatabase({ heard, last }: Reign): Finding[] {
  const highest = heard.at(-1);
  if (!highest || highest.epoch <= last) return [];
  const words = `epoch ${highest.epoch} was granted, and the database is at ${last}`;
  return [{ kind: "dual writer", invariant: "I7", witness: [highest], words }];
}

/** Messages that are there, or were acknowledged, in the order of their places. */
function sendsInPlace({ sessionById }: Evidence, calls: readonly Call[]): Writing[] {
  const sends = [...new Set(calls.flatMap(({ send }) => (send ? [send] : [])))];
  const placed = sends.flatMap((send) => {
    const ok = firstOk(send.calls);
    const row = send.rows[0] ?? ok?.message;
    if (!row) return [];
    const openedAt = sessionById.get(row.sessionId)?.openedAt ?? 0;
    return [{ name: send.clientId, calls: send.calls, ok, openedAt, seq: row.seq }];
  });
  return placed.sort((a, b) => a.openedAt - b.openedAt || a.seq - b.seq);
}

function changesOf(calls: readonly Call[]): Writing[] {
  return calls.flatMap((call) => {
    const { invoke, ending } = call;
    if (invoke.op === "send" || ending?.kind !== "ok") return [];
    return [{ name: `the ${invoke.op} of ${invoke.messageId}`, calls: [call], ok: ending }];
  });
}

function firstOk(calls: readonly Call[]): EventOf<"ok"> | undefined {
  const oks = calls.flatMap(({ ending }) => (ending?.kind === "ok" ? [ending] : []));
  return oks.toSorted((a, b) => a.t - b.t)[0];
}

/** The lowest epoch, not under `atLeast`, under which this can have been written. */
function lowestEpoch(reign: Reign, { calls, ok }: Writing, atLeast: number): number | undefined {
  const { grants, heard, last, slackMs } = reign;
  const until = (ok?.t ?? Number.POSITIVE_INFINITY) + slackMs;
  const next = heard[lastUpTo(heard, until, ({ t }) => t) + 1];
  const highest = next ? next.epoch - 1 : Math.max(last, heard.at(-1)?.epoch ?? 0);
  const possible = calls.flatMap(({ invoke, ending }) => {
    if (ending?.kind === "refused" && NOT_WRITTEN.has(ending.code)) return [];
    const known = heard[lastUpTo(heard, invoke.t, ({ t }) => t)]?.epoch ?? 0;
    for (let epoch = Math.max(known, atLeast); epoch <= highest; epoch++) {
      const grant = grants.get(epoch);
      if (!grant || grant.holder === invoke.device) return [epoch];
    }
    return [];
  });
  return possible.length === 0 ? undefined : Math.min(...possible);
}

function uncovered(reign: Reign, writing: Writing): Finding[] {
  if (lowestEpoch(reign, writing, 0) !== undefined) return [];
  const invoke = writing.calls[0]?.invoke;
  const passed = invoke && reign.heard[lastUpTo(reign.heard, invoke.t, ({ t }) => t)];
  const witness = [passed, invoke, writing.ok].filter((event) => event !== undefined);
  const words = `${writing.name} was written by ${invoke?.device} after the baton had passed on at epoch ${passed?.epoch}`;
  return [{ kind: "dual writer", invariant: "I8", witness, words }];
}

function falls(reign: Reign, sends: readonly Writing[]): Finding[] {
  const findings: Finding[] = [];
  let epoch = 0;
  let before: Writing | undefined;
  for (const send of sends) {
    const now = lowestEpoch(reign, send, epoch);
    const own = lowestEpoch(reign, send, 0);
    if (now === undefined && own !== undefined) {
      const words = `${send.name} was written under epoch ${own}, at a place after ${before?.name} of epoch ${epoch}`;
      const witness = [before?.calls[0]?.invoke, send.calls[0]?.invoke].filter((event) => event !== undefined);
      findings.push({ kind: "dual writer", invariant: "I7", witness, words });
    }
    if (now === undefined || now === epoch) continue;
    epoch = now;
    before = send;
  }
  return findings;
}
