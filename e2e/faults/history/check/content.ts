/** Nothing is shown that was not said, and the same place says the same to everybody: I5. PURE. Called by checkHistory. */
import type { HistoryEvent, Seen } from "../events.ts";
import type { MessageRow } from "../finalDatabase.ts";
import { type Evidence, grouped, lastShowing, seenIn } from "./evidence.ts";
import type { Finding } from "./finding.ts";

type First = { readonly seen: Seen; readonly event: HistoryEvent };

export function checkContent(evidence: Evidence): Finding[] {
  return [...disagreements(evidence), ...againstRows(evidence), ...unsaid(evidence), ...unsaidRows(evidence)];
}

/** Every version that was seen against the first that was seen of it; a version is told of once. */
function disagreements({ history }: Evidence): Finding[] {
  const findings: Finding[] = [];
  const bySeq = new Map<string, First>();
  const byRev = new Map<string, First>();
  for (const event of history) {
    for (const seen of seenIn(event)) {
      const now = { seen, event };
      const atSeq = remember(bySeq, `${seen.sessionId} ${seen.seq}`, now);
      const atRev = remember(byRev, `${seen.sessionId} ${seen.rev}`, now);
      const words = otherMessage(atSeq, seen) ?? otherVersion(atRev, seen);
      if (words === undefined) continue;
      const earlier = otherMessage(atSeq, seen) === undefined ? atRev : atSeq;
      findings.push({ kind: "altered", invariant: "I5", witness: [earlier.event, event], words });
    }
  }
  return onceEach(findings);
}

function remember(firsts: Map<string, First>, key: string, now: First): First {
  const first = firsts.get(key);
  if (first) return first;
  firsts.set(key, now);
  return now;
}

function otherMessage({ seen: first }: First, seen: Seen): string | undefined {
  const place = `seq ${seen.seq} of ${seen.sessionId}`;
  if (first.id !== seen.id) return `${place} is ${first.id} to one and ${seen.id} to another`;
  if (first.author !== seen.author) return `${place} is by ${first.author} to one and by ${seen.author} to another`;
  // A merger may take a key, nothing may change it.
  const isOtherKey = first.clientId !== seen.clientId && first.clientId !== undefined && seen.clientId !== undefined;
  return isOtherKey ? `${place} has the key ${first.clientId} to one and ${seen.clientId} to another` : undefined;
}

/** A reply grows without a rev while it streams. */
function otherVersion({ seen: first }: First, seen: Seen): string | undefined {
  const place = `rev ${seen.rev} of ${seen.sessionId}`;
  if (first.id !== seen.id) return `${place} is ${first.id} to one and ${seen.id} to another`;
  if (first.status === "streaming" && seen.status === "streaming") return undefined;
  const differs = (["seq", "text", "status", "edited", "deleted"] as const).find((key) => first[key] !== seen[key]);
  return differs && `${place}: ${differs} is not the same to everybody`;
}

/** One cause makes one finding, however often it is shown. */
function onceEach(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.toReversed().map((finding) => [finding.words, finding])).values()].reverse();
}

function againstRows({ history, rowById }: Evidence): Finding[] {
  const findings: Finding[] = [];
  for (const event of history) {
    for (const seen of seenIn(event)) {
      const row = rowById.get(seen.id);
      const words = row ? differsFromRow(seen, row) : `${seen.id} was shown and is not in the database`;
      // What was acknowledged and is not there is lost: that is told by the check of sends.
      if (words === undefined || (!row && event.kind === "ok")) continue;
      const isFallen = row !== undefined && seen.rev > row.rev;
      const kind = !row ? "foreign" : isFallen ? "rev fell" : "altered";
      findings.push({ kind, invariant: "I5", witness: [event], words });
    }
  }
  return onceEach(findings);
}

function differsFromRow(seen: Seen, row: MessageRow): string | undefined {
  if (seen.sessionId !== row.sessionId) return `${seen.id} was shown in ${seen.sessionId} and is of ${row.sessionId}`;
  if (seen.author !== row.author) return `${seen.id} was shown as by ${seen.author} and is by ${row.author}`;
  if (seen.seq !== row.seq) return `${seen.id} was shown at seq ${seen.seq} and is at ${row.seq}`;
  if (seen.rev > row.rev) return `${seen.id} was shown at rev ${seen.rev} and is at ${row.rev}`;
  if (seen.rev < row.rev || seen.status === "streaming") return undefined;
  if (seen.deleted !== row.deleted || seen.edited !== row.edited || seen.status !== row.status)
    return `${seen.id} at rev ${seen.rev} is not as its row`;
  return row.text === undefined || row.text === seen.text ? undefined : `${seen.id} says something else in its row`;
}

/** A visitor's words must be what somebody who is that user asked to say; those of a deleted message are gone. */
function unsaid(evidence: Evidence): Finding[] {
  const said = wordsSaid(evidence);
  const findings: Finding[] = [];
  for (const event of evidence.history) {
    for (const seen of seenIn(event)) {
      const words = seen.deleted ? stillThere(seen) : notSaid(said, seen);
      if (words !== undefined) findings.push({ kind: "foreign", invariant: "I5", witness: [event], words });
    }
  }
  return onceEach(findings);
}

function stillThere({ id, text }: Pick<Seen, "id" | "text">): string | undefined {
  return text === "" ? undefined : `${id} is deleted, and its text is still shown`;
}

type Said = {
  readonly byKey: ReadonlyMap<string, ReadonlySet<string>>;
  readonly byMessage: ReadonlyMap<string, ReadonlySet<string>>;
};

function wordsSaid({ calls }: Evidence): Said {
  const textsBy = (keyOf: (call: Evidence["calls"][number]) => string | undefined) => {
    const known = calls.flatMap((call) => {
      const key = keyOf(call);
      return key === undefined ? [] : [{ key, text: call.invoke.text.normalize("NFC") }];
    });
    const groups = grouped(known, ({ key }) => key);
    return new Map([...groups].map(([key, all]) => [key, new Set(all.map(({ text }) => text))]));
  };
  return {
    byKey: textsBy(({ invoke }) => (invoke.op === "send" ? invoke.clientId : undefined)),
    byMessage: textsBy(({ invoke }) => (invoke.op === "edit" ? invoke.messageId : undefined)),
  };
}

function notSaid({ byKey, byMessage }: Said, { author, clientId, edited, id, text }: Seen): string | undefined {
  // Bots and agents speak by other doors, which nobody recorded; a message without its key was moved by a merger.
  if (author !== "visitor" || clientId === undefined) return undefined;
  const texts = edited ? byMessage.get(id) : byKey.get(clientId);
  if (texts?.has(text)) return undefined;
  return texts ? `${id} shows words that were never sent as ${clientId}` : `${id} shows what nobody sent: ${clientId}`;
}

function unsaidRows(evidence: Evidence): Finding[] {
  const { history, sends, database, ownerNow, byConnection, userOf } = evidence;
  const present = new Set([...byConnection.keys()].map(userOf));
  const sent = new Set(sends.map(({ userId, clientId }) => `${userId} ${clientId}`));
  return database.messages.flatMap((row): Finding[] => {
    if (row.deleted && row.text !== undefined && row.text !== "") {
      const words = `${row.id} is deleted, and its row still has its text`;
      return [{ kind: "foreign", invariant: "I5", witness: lastShowing(history, row.id), words }];
    }
    const owner = ownerNow(row.userId);
    const isRecorded = row.author === "visitor" && row.clientId !== undefined && present.has(owner);
    if (!isRecorded || sent.has(`${owner} ${row.clientId}`)) return [];
    const words = `${row.id} (${row.clientId}) was sent by nobody`;
    return [{ kind: "foreign", invariant: "I5", witness: lastShowing(history, row.id), words }];
  });
}
