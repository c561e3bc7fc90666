/** A person comes back to their own conversation while it lasts, never to another's: I9. PURE. Called by checkHistory. */
import type { EventOf, HistoryEvent } from "../events.ts";
import type { SessionRow } from "../finalDatabase.ts";
import { type Evidence, grouped, lastNaming } from "./evidence.ts";
import type { Finding } from "./finding.ts";

/** When a session was surely there: something of it was acknowledged, and later something was written to it. */
type Life = { readonly row: SessionRow; readonly from: number; readonly proof: HistoryEvent; until: number };

export function checkResumption(evidence: Evidence): Finding[] {
  const lives = livesOf(evidence);
  const snapshots = evidence.history.filter((event) => event.kind === "snapshot");
  return [
    ...twoAtOnce(evidence),
    ...snapshots.flatMap((snapshot) => [...anothers(evidence, snapshot), ...notAsItWas(lives, evidence, snapshot)]),
  ];
}

/** By owner. */
function livesOf({ history, calls, sessionById, userOf }: Evidence): Map<string, Life[]> {
  const lives = new Map<string, Life>();
  for (const event of history) {
    const row = event.kind === "ok" ? sessionById.get(event.message.sessionId) : undefined;
    if (!row || lives.has(row.id) || event.kind !== "ok") continue;
    const until = row.state === "ended" ? event.t : Number.POSITIVE_INFINITY;
    lives.set(row.id, { row, from: event.t, proof: event, until });
  }
  for (const { invoke, ending, send } of calls) {
    // A repeat is answered when all is over too.
    if (ending?.kind !== "ok" || send?.calls.length !== 1) continue;
    const life = lives.get(ending.message.sessionId);
    if (life) life.until = Math.max(life.until, invoke.t);
  }
  return grouped(lives.values(), ({ proof }) => userOf("connection" in proof ? proof.connection : ""));
}

/** In the database: one of a user at a time. Mergers bring together what was two users'. */
function twoAtOnce({ history, database, ownerNow }: Evidence): Finding[] {
  const merged = new Set(
    database.users.flatMap(({ mergedInto }) => (mergedInto === null ? [] : [ownerNow(mergedInto)])),
  );
  const byOwner = grouped(database.sessions, ({ userId }) => ownerNow(userId));
  return [...byOwner].flatMap(([owner, all]) => {
    if (merged.has(owner)) return [];
    const inOrder = all.toSorted((a, b) => a.openedAt - b.openedAt);
    return inOrder.flatMap((later, i): Finding[] => {
      const before = inOrder[i - 1];
      if (!before || (before.endedAt ?? Number.POSITIVE_INFINITY) <= later.openedAt) return [];
      const words = `${later.id} of ${owner} began while ${before.id} went on`;
      const witness = [...lastNaming(history, before.id), ...lastNaming(history, later.id)];
      return [{ kind: "wrong session", invariant: "I9", witness, words }];
    });
  });
}

function anothers({ sessionById, ownerNow, userOf }: Evidence, snapshot: EventOf<"snapshot">): Finding[] {
  return [snapshot.sessionId, snapshot.previous].flatMap((sessionId): Finding[] => {
    const row = typeof sessionId === "string" ? sessionById.get(sessionId) : undefined;
    if (!row || ownerNow(row.userId) === userOf(snapshot.connection)) return [];
    const words = `${snapshot.connection} came back to ${row.id}, which is another user's`;
    return [{ kind: "wrong session", invariant: "I9", witness: [snapshot], words }];
  });
}

const FITS: Record<EventOf<"snapshot">["outcome"], EventOf<"snapshot">["state"]> = {
  restored: "open",
  offer: "idle",
  none: null,
  primed: null,
  fresh: null,
};

function notAsItWas(
  lives: ReadonlyMap<string, readonly Life[]>,
  { userOf }: Evidence,
  snapshot: EventOf<"snapshot">,
): Finding[] {
  const { sessionId, outcome, state, askedAt, t } = snapshot;
  const known = (lives.get(userOf(snapshot.connection)) ?? []).filter(({ from }) => from < askedAt);
  const lasting = known.find(({ row, until }) => until > t && row.id !== sessionId);
  const finding = { kind: "wrong session", invariant: "I9" } as const;
  if (lasting) {
    const words = `${snapshot.connection} was given ${sessionId ?? "no session"} while ${lasting.row.id} went on`;
    return [{ ...finding, witness: [lasting.proof, snapshot], words }];
  }
  // Where a session begins with the panel, a new one is there at once and has nothing yet.
  const isJustBegun = FITS[outcome] === null && state === "open" && snapshot.rev === 0;
  if (FITS[outcome] !== state && !isJustBegun) {
    return [
      { ...finding, witness: [snapshot], words: `${outcome} does not fit a session that is ${state ?? "not there"}` },
    ];
  }
  const first = known[0];
  if (outcome !== "none" || !first) return [];
  const words = `${snapshot.connection} was taken for a new visitor after ${first.row.id}`;
  return [{ ...finding, witness: [first.proof, snapshot], words }];
}
