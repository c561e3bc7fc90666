/** The gateway of a file of attacks, and the test that every such file ends with: whatever was done to it, it is as it was. */
import { afterAll, beforeAll, expect, test } from "vitest";
import { harmsOf } from "./harms.ts";
import { House, type Setting } from "./house.ts";

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
    expect(await harmsOf(house())).toEqual([]);
  }, 60_000);
}
