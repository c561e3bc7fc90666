/** How long it takes until the other device knows that the chat has moved, at rest or while others write. */
import { latencyOf } from "./figures/latency.ts";
import type { TakeoverResult } from "./figures/measured.ts";
import type { Generators } from "./load/generators.ts";
import type { Plan, TakeoverPlan } from "./plan.ts";
import type { ServerProcess } from "./servers/serverProcess.ts";
import { checkTranscripts } from "./servers/transcripts.ts";

export type Taking = { plan: Plan; which: TakeoverPlan; generators: Generators; server: ServerProcess; phase: number };

/** The last presses are still answered while others write. */
const LONGER_MS = 250;

/** Uses two phases: people who have moved their chat before would meet the damping. */
export async function measureTakeovers({ plan, which, generators, server, phase }: Taking): Promise<TakeoverResult> {
  const { users, writers, messagesPerSecond, pressesEach, overMs } = which;
  const place = { ports: [server.port], server: server.name, speak: true };
  await generators.joinMovers({ ...place, users, devices: 2, phase });
  if (messagesPerSecond > 0) await generators.join({ ...place, users: writers, devices: 1, phase: phase + 1 });
  const [pressed] = await Promise.all([generators.press({ pressesEach, overMs, afterMs: plan.warmMs }), write()]);
  const checkedMessages = await checkTranscripts(server.port, await generators.ledger());
  await generators.leave();
  return {
    messagesPerSecond,
    told: latencyOf(pressed.map(({ toldMs }) => toldMs)),
    acked: latencyOf(pressed.map(({ ackedMs }) => ackedMs)),
    checkedMessages,
  };

  async function write(): Promise<void> {
    if (messagesPerSecond === 0) return;
    const load = { kind: "open", perSecond: messagesPerSecond } as const;
    await generators.drive({ load, warmMs: plan.warmMs, measureMs: overMs + LONGER_MS }, () => {});
  }
}
