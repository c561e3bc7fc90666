/** What was acknowledged is there, once, and as the ack said: I1, I2, I6. PURE. Called by checkHistory. */
import type { EventOf } from "../events.ts";
import type { MessageRow } from "../finalDatabase.ts";
import type { Call, Evidence, Send } from "./evidence.ts";
import type { Finding } from "./finding.ts";

/** A refusal with one of these says that nothing was written. After any other the database alone knows. */
const WRITES_NOTHING = new Set([
  "invalid_payload",
  "not_active_device",
  "no_session",
  "session_ended",
  "not_found",
  "rate_limited",
  "conflict",
  "too_large",
]);

export function checkSends(evidence: Evidence): Finding[] {
  return [
    ...evidence.sends.flatMap((send) => [...lostOrDiffering(evidence, send), ...twice(send), ...againstItsWord(send)]),
    ...evidence.calls.flatMap((call) => (call.invoke.op === "send" ? [] : lostChange(evidence, call))),
  ];
}

function lostOrDiffering(evidence: Evidence, send: Send): Finding[] {
  const { rows } = send;
  return send.calls.flatMap(({ invoke, ending }): Finding[] => {
    if (ending?.kind !== "ok") return [];
    const witness = [invoke, ending];
    const row = evidence.rowById.get(ending.message.id);
    if (!row && rows.length === 0) {
      const words = `${send.clientId} was acknowledged at seq ${ending.message.seq} and is not in the database`;
      return [{ kind: "lost", invariant: "I1", witness, words }];
    }
    const words = row
      ? difference(send, ending, row)
      : `${send.clientId} was acknowledged as ${ending.message.id} and is ${rows[0]?.id}`;
    return words === undefined ? [] : [{ kind: "ack differs", invariant: "I6", witness, words }];
  });
}

function difference(send: Send, { message }: EventOf<"ok">, row: MessageRow): string | undefined {
  const { clientId } = send;
  if (message.clientId !== clientId) return `${clientId} was answered with the message of ${message.clientId}`;
  // A merger takes the key of a message where its new owner has used the same.
  if (row.clientId !== clientId && row.clientId !== undefined) return `${clientId} is the row of ${row.clientId}`;
  if (row.sessionId !== message.sessionId)
    return `${clientId} was acknowledged in ${message.sessionId} and is in ${row.sessionId}`;
  if (row.seq !== message.seq) return `${clientId} was acknowledged at seq ${message.seq} and is at ${row.seq}`;
  if (row.rev < message.rev) return `${clientId} was acknowledged at rev ${message.rev} and has ${row.rev}`;
  if (!message.edited && !message.deleted && !wasSent(send, message.text))
    return `${clientId} was acknowledged with other words than were sent`;
  return undefined;
}

function wasSent({ calls }: Send, text: string): boolean {
  return calls.some(({ invoke }) => invoke.text.normalize("NFC") === text);
}

function twice({ clientId, calls, rows }: Send): Finding[] {
  const oks = calls.flatMap(({ ending }) => (ending?.kind === "ok" ? [ending] : []));
  const first = oks[0];
  const other = first && oks.find(({ message }) => message.id !== first.message.id);
  if (rows.length > 1) {
    const words = `${clientId} is there ${rows.length} times: seq ${rows.map(({ seq }) => seq).join(", ")}`;
    return [{ kind: "duplicated", invariant: "I2", witness: other && first ? [first, other] : oks.slice(0, 1), words }];
  }
  if (!first || !other) return [];
  const words = `${clientId} was acknowledged as two messages`;
  return [{ kind: "duplicated", invariant: "I2", witness: [first, other], words }];
}

function againstItsWord({ clientId, calls, rows }: Send): Finding[] {
  const refusals = calls.flatMap(({ ending }) =>
    ending?.kind === "refused" && WRITES_NOTHING.has(ending.code) ? [ending] : [],
  );
  if (rows.length === 0 || refusals.length < calls.length) return [];
  const words = `${clientId} was refused each time, and is at seq ${rows[0]?.seq}`;
  return [{ kind: "written though refused", invariant: "I6", witness: refusals.slice(0, 1), words }];
}

/** An edit or a delete that was acknowledged holds, until a later one. */
function lostChange(evidence: Evidence, { invoke, ending }: Call): Finding[] {
  if (ending?.kind !== "ok") return [];
  const { op, messageId, text } = invoke;
  const { message } = ending;
  const witness = [invoke, ending];
  const asked = op === "edit" ? text.normalize("NFC") : "";
  if (message.id !== messageId || message.text !== asked || (op === "delete") !== message.deleted) {
    return [
      { kind: "ack differs", invariant: "I6", witness, words: `the ${op} of ${messageId} was answered otherwise` },
    ];
  }
  const row = evidence.rowById.get(message.id);
  const holds = row && row.rev >= message.rev && (row.deleted || (op === "edit" && row.edited));
  if (holds) return [];
  const words = `the ${op} of ${messageId} was acknowledged at rev ${message.rev} and is lost`;
  return [{ kind: "lost", invariant: "I1", witness, words }];
}
