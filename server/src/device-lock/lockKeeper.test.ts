import { expect, test } from "vitest";
import { createLog } from "../log.ts";
import type { DeviceLock, Holding } from "./deviceLock.ts";
import { LockKeeper } from "./lockKeeper.ts";

test("a lock that answers late takes no newer holding along", async () => {
  const renewed: string[][] = [];
  let answer = () => {};
  const late = new Promise<void>((resolve) => {
    answer = resolve;
  });
  const lock = {
    async renew(entries: readonly { holding: Holding }[]) {
      renewed.push(entries.map(({ holding }) => holding.deviceId));
      if (renewed.length === 1) await late;
      return entries.map(() => ({ kind: "superseded" }));
    },
    settle: async () => {},
  };
  const keeper = new LockKeeper({
    // What renewing needs of a lock, and of people.
    lock: lock as unknown as DeviceLock,
    people: { of: () => [{ device: { id: "phone" } }, { device: { id: "laptop" } }] as never },
    isElsewhere: async () => false,
    store: { saveLost: async () => {}, saveHere: async () => {} },
    now: () => 0,
    log: createLog({ level: "silent" }),
  });
  await keeper.hold("ada", { deviceId: "phone", epoch: 1 } as Holding);
  const renewing = keeper.renewAll();
  await keeper.hold("ada", { deviceId: "laptop", epoch: 2 } as Holding);
  answer();
  await renewing;
  for (let i = 0; i < 2; i++) await keeper.renewAll();
  expect(renewed).toEqual([["phone"], ["laptop"]]);
});
