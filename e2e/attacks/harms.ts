/** Whatever an attack has done to a gateway, in words. Asked when everybody has left. */
import type { House } from "./house.ts";

/** More than this after everybody has left, and something is kept of each attack. */
const KEPT_MB = 32;
/** Of the loop's own work; what the machine does to it is not the gateway's doing. */
const STALL_MS = 200;
const GONE_WITHIN_MS = 20_000;
const LOOK_EVERY_MS = 50;
const MB = 1_048_576;

export async function harmsOf(house: House, keptMb = KEPT_MB): Promise<string[]> {
  if (house.hasEnded) return [`the gateway ended:\n${house.output}`];
  const served = await house.serves().then(
    () => [],
    (error: unknown) => [`somebody new was not served: ${String(error)}`],
  );
  const left = await everybodyLeft(house);
  const { bytes } = await house.held();
  const kept = (bytes - house.atFirst.bytes) / MB;
  return [
    ...served,
    ...troubles(house.lines),
    ...(left === 0 ? [] : [`${left} connections are still counted`]),
    ...(await counted(house, "baton_commands_total", 'outcome="internal"')),
    ...(await counted(house, "baton_commands_total", 'outcome="storage_unavailable"')),
    ...(await counted(house, "baton_database_restarts_total")),
    ...house.stalls.filter(({ ownMs }) => ownMs > STALL_MS).map((stall) => `it stood still: ${JSON.stringify(stall)}`),
    ...(kept < keptMb ? [] : [`it keeps ${Math.round(kept)} MB`]),
  ];
}

async function counted(house: House, name: string, label = ""): Promise<string[]> {
  const count = await house.figure(name, label);
  return count === 0 ? [] : [`${name} {${label}} is ${count}`];
}

/** @returns who has not */
async function everybodyLeft(house: House): Promise<number> {
  const until = Date.now() + GONE_WITHIN_MS;
  for (;;) {
    const left = await house.figure("baton_connections");
    if (left === 0 || Date.now() > until) return left;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}

/** Lines that say that something went wrong: the gateway's own of these levels, and whatever Node says beside them. */
export function troubles(lines: readonly string[]): string[] {
  return lines.filter((line) => {
    if (!line.startsWith("{")) return /Error|rejection|uncaught|warning/i.test(line);
    return /^\{"level":"(error|fatal)"/.test(line);
  });
}
