/** What a transcript must look like whatever was killed. PURE. Rules: promises P1, P2, P3. */
import type { Message } from "@baton/shared/visitor/shapes";
import type { Acked } from "./sender.ts";

/** Everything that is wrong, in words; empty when all is well. */
export function faultsOf(name: string, acked: readonly Acked[], transcript: readonly Message[]): string[] {
  const own = transcript.filter((message) => message.author.kind === "visitor");
  return [
    ...acked.flatMap((sent) => lostOrMoved(name, sent, own)),
    ...doubled(name, own),
    ...foreign(name, own),
    ...holes(name, transcript),
    ...disorder(name, own),
  ];
}

function lostOrMoved(name: string, sent: Acked, own: readonly Message[]): string[] {
  const kept = own.find((message) => message.clientId === sent.clientId);
  if (!kept) return [`${name}: lost ${sent.clientId}, acknowledged at seq ${sent.seq}`];
  if (kept.seq !== sent.seq)
    return [`${name}: ${sent.clientId} was acknowledged at seq ${sent.seq} and is at ${kept.seq}`];
  return kept.text === sent.text ? [] : [`${name}: ${sent.clientId} says something else`];
}

function doubled(name: string, own: readonly Message[]): string[] {
  const seen = new Set<string>();
  return own.flatMap(({ clientId = "" }) => {
    const again = seen.has(clientId);
    seen.add(clientId);
    return again ? [`${name}: ${clientId} is there twice`] : [];
  });
}

function foreign(name: string, own: readonly Message[]): string[] {
  return own.flatMap(({ text, clientId }) =>
    text.startsWith(`${name} `) ? [] : [`${name}: ${clientId} is not ${name}'s`],
  );
}

function holes(name: string, transcript: readonly Message[]): string[] {
  return transcript.flatMap((message, i) =>
    message.seq === i + 1 ? [] : [`${name}: seq ${message.seq} at place ${i + 1}`],
  );
}

/** `text` ends with the sender's own count. */
function disorder(name: string, own: readonly Message[]): string[] {
  const counts = own.map((message) => Number(message.text.split(" ")[1]));
  return counts.flatMap((count, i) =>
    i === 0 || count > (counts[i - 1] ?? -1) ? [] : [`${name}: ${count} comes after ${counts[i - 1]}`],
  );
}
