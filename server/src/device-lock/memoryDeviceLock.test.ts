import { expect, test } from "vitest";
import { describeDeviceLock, START } from "./deviceLock.contract.ts";
import type { Holding } from "./deviceLock.ts";
import { describeDeviceLockModel } from "./deviceLockModel.contract.ts";
import { createMemoryDeviceLock } from "./memoryDeviceLock.ts";

describeDeviceLock("the lock in memory", createMemoryDeviceLock);
describeDeviceLockModel("the lock in memory", createMemoryDeviceLock, { runs: 10_000 });

const HOUR_MS = 3_600_000;
const newer: Holding = { deviceId: "laptop", label: "Firefox on Linux", epoch: 5, since: START };
const older: Holding = { deviceId: "phone", label: "Safari on iPhone", epoch: 4, since: START };

function lockOf() {
  const clock = { time: START, now: () => clock.time };
  return { clock, lock: createMemoryDeviceLock(clock) };
}

test("who has been gone for an hour is forgotten when somebody else comes, and not a millisecond earlier", async () => {
  const { clock, lock } = lockOf();
  await lock.settle("ada", newer, START + 30_000);
  clock.time = START + 30_000 + HOUR_MS - 1;
  await lock.settle("bob", newer, clock.time + 30_000);
  expect(await lock.settle("ada", older, clock.time)).toMatchObject({ kind: "superseded" });
  // Looked through once a minute at most.
  clock.time += 60_000;
  await lock.settle("bob", newer, clock.time + 30_000);
  expect(await lock.settle("ada", older, clock.time)).toEqual({ kind: "held" });
});

test("who let go an hour ago is forgotten, who is still renewed never is", async () => {
  const { clock, lock } = lockOf();
  await lock.settle("ada", newer, START + 30_000);
  await lock.settle("bob", newer, START + 30_000);
  await lock.release("ada", newer);
  for (const end = START + 3 * HOUR_MS; clock.time < end; clock.time += 10_000) {
    await lock.renew([{ userId: "bob", holding: newer, leaseUntil: clock.time + 30_000 }]);
  }
  expect(await lock.read("bob")).toMatchObject(newer);
  expect(await lock.settle("bob", older, clock.time)).toMatchObject({ kind: "superseded" });
  expect(await lock.settle("ada", older, clock.time)).toEqual({ kind: "held" });
});

test("what is read cannot be changed from outside", async () => {
  const { lock } = lockOf();
  const mine = { ...newer };
  await lock.settle("ada", mine, START + 30_000);
  mine.deviceId = "phone";
  expect(await lock.read("ada")).toMatchObject({ deviceId: "laptop" });
});
