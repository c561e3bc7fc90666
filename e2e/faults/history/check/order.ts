/** Places in a session: without holes, in the order in which people spoke, each told once: I3. PURE. Called by checkHistory. */
import type { EventOf, HistoryEvent, Seen } from "../events.ts";
import type { MessageRow } from "../finalDatabase.ts";
import { type Call, type Evidence, grouped, lastNaming, lastShowing, lastUpTo, seenIn } from "./evidence.ts";
import { type Faults, faultsOf } from "./faults.ts";
import type { Finding } from "./finding.ts";

export function checkOrder(evidence: Evidence): Finding[] {
  const { database, rowsOfSession, calls, byConnection, limits } = evidence;
  const ofWhom = ({ invoke }: Call) => (limits.isOutboxInOrder ? `${invoke.user} ${invoke.device}` : invoke.connection);
  const faults = faultsOf(evidence.history);
  const sends = calls.filter(({ send }) => send && send.rows.length > 0);
  return [
    ...database.sessions.flatMap((session) => holes(evidence, session, rowsOfSession.get(session.id) ?? [])),
    ...revsAgainstSeqs(evidence),
    ...spokenLater(evidence),
    ...[...grouped(sends, ofWhom).values()].flatMap((of) => overtaken(of, limits.isOutboxInOrder)),
    ...[...byConnection.values()].flatMap((events) => toldTwice(events, faults, limits.isWireInOrder)),
  ];
}

function holes(
  { history }: Evidence,
  { id, lastSeq }: { id: string; lastSeq: number },
  rows: readonly MessageRow[],
): Finding[] {
  const wrong = rows.findIndex(({ seq }, i) => seq !== i + 1);
  const row = rows[wrong];
  if (row) {
    const isTwice = rows[wrong - 1]?.seq === row.seq;
    const words = isTwice ? `${id} has seq ${row.seq} twice` : `${id} has a hole before seq ${row.seq}`;
    const witness = lastShowing(history, row.id);
    return [{ kind: isTwice ? "duplicated" : "gap", invariant: "I3", witness, words }];
  }
  if (lastSeq === rows.length) return [];
  const words = `${id} counts ${lastSeq} messages and holds ${rows.length}`;
  return [{ kind: "gap", invariant: "I3", witness: lastNaming(history, id), words }];
}

type Appended = Pick<Seen, "id" | "sessionId" | "seq" | "rev"> & { event?: HistoryEvent };

/** A visitor's message that nobody has changed carries the rev that it was appended with: both must rise together. */
function revsAgainstSeqs({ history, database }: Evidence): Finding[] {
  const appended = new Map<string, Appended>();
  for (const event of history)
    for (const seen of seenIn(event))
      if (isUntouched(seen) && !appended.has(seen.id)) appended.set(seen.id, { ...seen, event });
  for (const row of database.messages) if (isUntouched(row) && !appended.has(row.id)) appended.set(row.id, row);
  return [...grouped(appended.values(), ({ sessionId }) => sessionId).values()].flatMap((all) => {
    const bySeq = all.sort((a, b) => a.seq - b.seq);
    const wrong = bySeq.findIndex(({ rev }, i) => rev <= (bySeq[i - 1]?.rev ?? -1));
    const [before, after] = [bySeq[wrong - 1], bySeq[wrong]];
    if (!before || !after) return [];
    const words = `${after.sessionId}: seq ${after.seq} has rev ${after.rev}, seq ${before.seq} before it ${before.rev}`;
    const witness = [before.event, after.event].filter((event) => event !== undefined);
    return [{ kind: "reordered", invariant: "I3", witness, words } as const];
  });
}

function isUntouched({ author, edited, deleted }: Pick<Seen, "author" | "edited" | "deleted">): boolean {
  return author === "visitor" && !edited && !deleted;
}

type Acked = { readonly place: number; readonly ok: EventOf<"ok"> };

/** Who began to speak after another's ack was heard comes after it, whoever and wherever they are. */
function spokenLater({ history, calls, rowById }: Evidence): Finding[] {
  const placeOf = new Map(history.map((event, place) => [event, place]));
  const highest = new Map<string, Acked[]>();
  const findings: Finding[] = [];
  const oks = calls.flatMap(({ ending, send }) => (send && ending?.kind === "ok" ? [{ ok: ending, send }] : []));
  oks.sort((a, b) => (placeOf.get(a.ok) ?? 0) - (placeOf.get(b.ok) ?? 0));
  for (const { ok, send } of oks) {
    const { sessionId, seq } = rowById.get(ok.message.id) ?? ok.message;
    const acked = highest.get(sessionId) ?? [];
    highest.set(sessionId, acked);
    const invoke = send.calls[0]?.invoke;
    const began = invoke && placeOf.get(invoke);
    const before = began !== undefined ? acked[lastUpTo(acked, began, ({ place }) => place)]?.ok : undefined;
    if (invoke && before && before.message.seq >= seq && before.message.id !== ok.message.id) {
      const words = `${send.clientId} was begun after seq ${before.message.seq} was acknowledged, and is at ${seq}`;
      findings.push({ kind: "reordered", invariant: "I3", witness: [before, invoke, ok], words });
    }
    if (seq > (acked.at(-1)?.ok.message.seq ?? 0)) acked.push({ place: placeOf.get(ok) ?? 0, ok });
  }
  return findings;
}

/** What one sender said in order is in that order. @param isAlways whatever was refused or lost on the way */
function overtaken(calls: readonly Call[], isAlways: boolean): Finding[] {
  const last = new Map<string, Call>();
  const findings: Finding[] = [];
  for (const call of isAlways ? calls.filter((one) => one === one.send?.calls[0]) : calls) {
    const row = call.send?.rows[0];
    if (!row) continue;
    const before = last.get(row.sessionId);
    const seqBefore = before?.send?.rows[0]?.seq ?? 0;
    if (before && seqBefore > row.seq && (isAlways || isProven(before, call))) {
      const words = `${before.invoke.clientId} was said before ${call.invoke.clientId}: they are at ${seqBefore} and ${row.seq}`;
      const witness = [before.invoke, call.invoke, ...oksOf(before), ...oksOf(call)];
      findings.push({ kind: "reordered", invariant: "I3", witness, words });
    }
    if (row.seq > seqBefore) last.set(row.sessionId, call);
  }
  return findings;
}

/** Where it was told to be. */
function oksOf({ send }: Call): HistoryEvent[] {
  const first = send?.calls.find(({ ending }) => ending?.kind === "ok");
  return first?.ending ? [first.ending] : [];
}

/** Whichever call wrote `later`, `earlier` had gone through the same connection before it, and was accepted there. */
function isProven(earlier: Call, later: Call): boolean {
  const first = earlier.send?.calls ?? [];
  return (later.send?.calls ?? []).every(({ invoke }) =>
    first.some(
      ({ invoke: before, ending }) =>
        before.connection === invoke.connection && before.t <= invoke.t && ending?.kind === "ok",
    ),
  );
}

/** A fault may double what goes over a wire: then it is not the gateway that does. */
function toldTwice(events: readonly HistoryEvent[], faults: Faults, isInOrder: boolean): Finding[] {
  const told = new Map<string, HistoryEvent>();
  const newest = new Map<string, EventOf<"delivery">>();
  const findings: Finding[] = [];
  for (const event of events) {
    if (event.kind !== "delivery") continue;
    const { id, rev, sessionId, status } = event.message;
    const before = told.get(`${id} ${rev}`);
    const last = newest.get(sessionId);
    if (before && status !== "streaming" && !faults.wasBroken(event.t, event.t)) {
      const words = `${id} was told twice at rev ${rev} to ${event.connection}`;
      findings.push({ kind: "duplicated", invariant: "I3", witness: [before, event], words });
    } else if (isInOrder && last && last.message.rev > rev) {
      const words = `${event.connection} heard rev ${last.message.rev} of ${sessionId} before ${rev}`;
      findings.push({ kind: "reordered", invariant: "I3", witness: [last, event], words });
    }
    told.set(`${id} ${rev}`, event);
    newest.set(sessionId, event);
  }
  return findings;
}
