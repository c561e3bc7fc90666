/** PURE. One session against its ledger: everything acknowledged is there once, in order, without a hole. */

export type Difference = { what: "lost" | "doubled" | "unknown" | "out of place"; clientId: string };

/** @param acknowledged in the order of sending: one writer, so also the order of seq */
export function compareSession(
  acknowledged: readonly string[],
  messages: readonly { seq: number; clientId?: string }[],
): Difference[] {
  const known = new Set(acknowledged);
  const seen = new Set<string>();
  const differences: Difference[] = [];
  for (const [i, { seq, clientId = "" }] of messages.entries()) {
    if (!known.has(clientId)) differences.push({ what: "unknown", clientId });
    else if (seen.has(clientId)) differences.push({ what: "doubled", clientId });
    else if (seq !== i + 1 || acknowledged[i] !== clientId) differences.push({ what: "out of place", clientId });
    seen.add(clientId);
  }
  for (const clientId of acknowledged) if (!seen.has(clientId)) differences.push({ what: "lost", clientId });
  return differences;
}
