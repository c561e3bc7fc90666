/** What a server's memory grows by when people connect, open, and say nothing. */
import type { IdleMemory } from "./figures/measured.ts";
import type { Generators } from "./load/generators.ts";
import type { Plan } from "./plan.ts";
import type { ServerProcess } from "./servers/serverProcess.ts";

/** Of a new server: one that has served before would fill the holes it has, and seem to need nothing. */
export type Idling = { plan: Plan; generators: Generators; server: ServerProcess; phase: number };

/** These come before the first look, so that what a server needs once is not counted. */
const WARM_SHARE = 0.1;

export async function measureIdle({ plan, generators, server, phase }: Idling): Promise<IdleMemory> {
  const come = (users: number, part: number) =>
    generators.join({
      ports: [server.port],
      server: server.name,
      users,
      devices: 1,
      phase: phase + part,
      speak: false,
    });
  const warm = Math.ceil(plan.idleConnections * WARM_SHARE);
  await come(warm, 0);
  const before = await server.memory();
  await come(plan.idleConnections, 1);
  const after = await server.memory();
  await generators.leave();
  return {
    connections: plan.idleConnections,
    residentBytes: (after.residentBytes - before.residentBytes) / plan.idleConnections,
    heapBytes: (after.heapBytes - before.heapBytes) / plan.idleConnections,
  };
}
