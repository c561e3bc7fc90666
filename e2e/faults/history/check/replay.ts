/**
 * What a page holds after coming back is what it would hold had it never been away: I4, I15. PURE. Called by checkHistory.
 *
 * A rev belongs to one version of one message, so all that anybody was ever shown, and the rows, tell how a session looked at
 * any rev: at rev r each message is as its last version up to r. No page's own copy is needed to know what it must get.
 */
import type { EventOf, Seen } from "../events.ts";
import { type Evidence, grouped, lastUpTo, seenIn } from "./evidence.ts";
import type { Finding } from "./finding.ts";
import { headIn, type Reached } from "./heads.ts";

type Version = Pick<Seen, "id" | "seq" | "rev" | "status">;
/** Of one session. */
type Past = {
  /** Ascending by rev. */
  readonly versions: readonly Version[];
  /** The last place that was taken, at each of `versions`. */
  readonly lastSeqs: readonly number[];
  readonly byMessage: ReadonlyMap<string, readonly Version[]>;
};
type Answer = EventOf<"snapshot"> | EventOf<"sync">;

export function checkReplay(evidence: Evidence): Finding[] {
  const pasts = pastsOf(evidence);
  const answers = evidence.history.filter((event) => event.kind === "snapshot" || event.kind === "sync");
  return [...answers.flatMap((answer) => checkAnswer(pasts, answer)), ...fallen(evidence), ...beyondRow(evidence)];
}

function pastsOf({ history, database }: Evidence): Map<string, Past> {
  const versions = new Map<string, Version & { sessionId: string }>();
  for (const event of history) for (const seen of seenIn(event)) versions.set(`${seen.sessionId} ${seen.rev}`, seen);
  for (const row of database.messages) versions.set(`${row.sessionId} ${row.rev}`, row);
  const bySession = grouped(versions.values(), ({ sessionId }) => sessionId);
  return new Map([...bySession].map(([sessionId, all]) => [sessionId, toPast(all)]));
}

function toPast(all: Version[]): Past {
  const versions = all.sort((a, b) => a.rev - b.rev);
  let highest = 0;
  const lastSeqs = versions.map(({ seq }) => {
    highest = Math.max(highest, seq);
    return highest;
  });
  return { versions, lastSeqs, byMessage: grouped(versions, ({ id }) => id) };
}

function checkAnswer(pasts: ReadonlyMap<string, Past>, answer: Answer): Finding[] {
  const past = answer.sessionId === null ? undefined : pasts.get(answer.sessionId);
  if (!past) return [];
  const since = knownSince(answer);
  const problems = [
    ...staleMessages(past, answer),
    ...(since === undefined ? brokenWindow(past, answer) : missingChanges(past, answer, since)),
  ];
  return problems.map((problem) => ({ ...problem, witness: [answer] }));
}

/** The rev after which the answer tells what changed; undefined when it tells everything anew. */
function knownSince(answer: Answer): number | undefined {
  if (answer.reset) return undefined;
  if (answer.kind === "sync") return answer.from;
  return answer.asked?.sessionId === answer.sessionId ? answer.asked?.rev : undefined;
}

type Problem = Pick<Finding, "kind" | "invariant" | "words">;

/** Whatever it shows, it shows as it was at the rev that the answer names. */
function staleMessages(past: Past, { messages, rev, sessionId }: Answer): Problem[] {
  return messages.flatMap((seen): Problem[] => {
    const own = past.byMessage.get(seen.id) ?? [];
    const due = own[lastUpTo(own, rev, (version) => version.rev)];
    if (due?.rev === seen.rev) return [];
    const words = `at rev ${rev} of ${sessionId} ${seen.id} was shown as of rev ${seen.rev}, it was at ${due?.rev}`;
    return [{ kind: "stale", invariant: "I15", words }];
  });
}

/** The newest ones, without a hole, up to the head. */
function brokenWindow(past: Past, answer: Answer): Problem[] {
  const { messages, rev, sessionId } = answer;
  const seqs = messages.map(({ seq }) => seq).sort((a, b) => a - b);
  const last = past.lastSeqs[lastUpTo(past.versions, rev, (version) => version.rev)] ?? 0;
  const isWhole = answer.kind === "snapshot" && !answer.hasMore;
  const hole = seqs.find((seq, i) => (i === 0 ? isWhole && seq !== 1 : seq !== (seqs[i - 1] ?? 0) + 1));
  if (hole !== undefined) {
    const words = `everything anew of ${sessionId} at rev ${rev} has a hole before seq ${hole}`;
    return [{ kind: "gap", invariant: "I15", words }];
  }
  if ((seqs.at(-1) ?? 0) >= last) return [];
  const words = `everything anew of ${sessionId} at rev ${rev} ends at seq ${seqs.at(-1) ?? 0}, it had ${last}`;
  return [{ kind: "gap", invariant: "I15", words }];
}

function missingChanges(past: Past, { messages, rev, sessionId }: Answer, since: number): Problem[] {
  const told = new Set(messages.map(({ id }) => id));
  const from = lastUpTo(past.versions, since, (version) => version.rev) + 1;
  const to = lastUpTo(past.versions, rev, (version) => version.rev) + 1;
  const missing = past.versions.slice(from, to).find(({ id }) => !told.has(id));
  if (!missing) return [];
  const words = `changes of ${sessionId} from rev ${since} to ${rev} lack ${missing.id}, changed at rev ${missing.rev}`;
  return [{ kind: "gap", invariant: "I4", words }];
}

/** Who asks after a rev was heard of, anywhere, is told no older one. */
function fallen({ history }: Evidence): Finding[] {
  const reached = new Map<string, Reached[]>();
  const findings: Finding[] = [];
  for (const event of history) {
    const at = headIn(event);
    if (!at) continue;
    const heads = reached.get(at.sessionId) ?? [];
    reached.set(at.sessionId, heads);
    const askedAt = event.kind === "snapshot" || event.kind === "sync" ? event.askedAt : undefined;
    const before = askedAt === undefined ? undefined : heads[lastUpTo(heads, askedAt, ({ t }) => t)];
    if (before && before.rev > at.rev) {
      const words = `${at.sessionId} was at rev ${before.rev}, and was told as of ${at.rev} to who asked later`;
      findings.push({ kind: "rev fell", invariant: "I4", witness: [before.event, event], words });
    }
    if (at.rev > (heads.at(-1)?.rev ?? -1)) heads.push({ t: event.t, rev: at.rev, event });
  }
  return findings;
}

function beyondRow({ history, sessionById }: Evidence): Finding[] {
  const worst = new Map<string, Finding>();
  for (const event of history) {
    const at = headIn(event);
    const row = at && sessionById.get(at.sessionId);
    if (!at || !row || at.rev <= row.rev || worst.has(row.id)) continue;
    const words = `${row.id} was told at rev ${at.rev}, and its row is at ${row.rev}`;
    worst.set(row.id, { kind: "rev fell", invariant: "I4", witness: [event], words });
  }
  return [...worst.values()];
}
