/** The gateway of a file of attacks, and the test that every such file ends with: whatever was done to it, it is as it was. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { House, type Setting } from "./house.ts";

/** More than this after everybody has left, and something is kept of each attack. */
const KEPT_MB = 32;
/** Of the loop's own work; what the machine does to it is not the gateway's doing. */
const STALL_MS = 200;
const MB = 1_048_576;

export function underAttack(setting: Setting = {}): () => House {
  let house: House | undefined;
  beforeAll(async () => {
    house = await House.open(setting);
  }, 60_000);
  afterAll(() => house?.close(), 60_000);
  return () => {
    if (!house) throw new Error("the house is not open yet");
    return house;
  };
}

/**
 * Called last in a file: tests run in the order in which they are written.
 * @param leave takes away whoever the file has let in for all of its tests
 */
export function endsUnharmed(house: () => House, leave: () => void = () => {}): void {
  test("after all of it nothing crashed, stood still or was kept, and whoever comes is served", async () => {
    leave();
    await expectUnharmed(house());
  }, 60_000);
}

async function expectUnharmed(house: House): Promise<void> {
  expect(house.hasEnded, `the gateway ended:\n${house.output}`).toBe(false);
  await house.serves();
  await expect.poll(() => house.figure("baton_connections"), { timeout: 20_000 }).toBe(0);
  expect(troubles(house.lines)).toEqual([]);
  expect(await house.figure("baton_commands_total", 'outcome="internal"')).toBe(0);
  expect(await house.figure("baton_database_restarts_total")).toBe(0);
  expect(house.stalls.filter(({ ownMs }) => ownMs > STALL_MS)).toEqual([]);
  const { bytes } = await house.held();
  expect((bytes - house.atFirst.bytes) / MB, "MB kept").toBeLessThan(KEPT_MB);
}

/** Lines that say that something went wrong: the gateway's own of these levels, and whatever Node says beside them. */
export function troubles(lines: readonly string[]): string[] {
  return lines.filter((line) => {
    if (!line.startsWith("{")) return /Error|rejection|uncaught|warning/i.test(line);
    return /^\{"level":"(error|fatal)"/.test(line);
  });
}
