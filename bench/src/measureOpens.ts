/** How long `session:open` takes for people who come back to a session and have missed some of it. */
import { latencyOf } from "./figures/latency.ts";
import type { OpenResult } from "./figures/measured.ts";
import type { Generators } from "./load/generators.ts";
import type { OpenPlan } from "./plan.ts";
import type { ServerProcess } from "./servers/serverProcess.ts";

export type Opens = { which: OpenPlan; generators: Generators; server: ServerProcess; phase: number };

export async function measureOpens({ which, generators, server, phase }: Opens): Promise<OpenResult> {
  const { users, messagesEach, missed, perSecond, overMs } = which;
  const place = { ports: [server.port], server: server.name, devices: 1, speak: true } as const;
  await generators.joinAndLeave({ ...place, users, phase }, messagesEach);
  const returned = await generators.comeBack({ port: server.port, missed, perSecond, overMs });
  await generators.leave();
  return {
    missed,
    perSecond,
    open: latencyOf(returned.map(({ openMs }) => openMs)),
    whole: latencyOf(returned.map(({ wholeMs }) => wholeMs)),
  };
}
