/** What every DeviceLock does: run by memoryDeviceLock.test.ts, and by the test of each implementation to come. */
import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import type { Claimed, DeviceLock, Holding } from "./deviceLock.ts";

/** A new lock, or a new view of one that is shared: each test has users of its own. It tells the time by this clock. */
export type MakeDeviceLock = (clock: { now(): number }) => DeviceLock | Promise<DeviceLock>;

/** A time of today: thirteen digits, which Lua for one would round if it were to write them by itself. */
export const START = 1_750_000_000_123;

const HELD: Claimed = { kind: "held" };
const phone: Holding = { deviceId: "phone", label: "Safari on iPhone", epoch: 4, since: START - 5_000 };
const laptop: Holding = { deviceId: "laptop", label: "Firefox on Linux", epoch: 5, since: START };
const lease = (holding: Holding, leaseUntil: number) => ({ ...holding, leaseUntil });
const superseded = (holding: Holding, leaseUntil: number): Claimed => ({
  kind: "superseded",
  by: lease(holding, leaseUntil),
});

export function describeDeviceLock(name: string, make: MakeDeviceLock): void {
  async function setUp() {
    const clock = { time: START, now: () => clock.time };
    return { clock, lock: await make(clock), ada: userId("ada"), bob: userId("bob") };
  }

  describe(name, () => {
    test("nobody holds what was never settled", async () => {
      const { lock, ada } = await setUp();
      expect(await lock.read(ada)).toBeUndefined();
    });

    test("who was settled holds until the last millisecond of the lease", async () => {
      const { clock, lock, ada, bob } = await setUp();
      expect(await lock.settle(ada, phone, START + 30_000)).toEqual(HELD);
      clock.time = START + 29_999;
      expect(await lock.read(ada)).toEqual(lease(phone, START + 30_000));
      expect(await lock.read(bob)).toBeUndefined();
      clock.time = START + 30_000;
      expect(await lock.read(ada)).toBeUndefined();
    });

    test("a higher epoch takes over from a holder that is live", async () => {
      const { lock, ada } = await setUp();
      await lock.settle(ada, phone, START + 30_000);
      expect(await lock.settle(ada, laptop, START + 10_000)).toEqual(HELD);
      expect(await lock.read(ada)).toEqual(lease(laptop, START + 10_000));
    });

    test("a device that takes back what it had lost holds with its new epoch", async () => {
      const { lock, ada } = await setUp();
      await lock.settle(ada, laptop, START + 30_000);
      const back = { ...phone, epoch: 6, since: START + 1 };
      expect(await lock.settle(ada, back, START + 30_000)).toEqual(HELD);
      expect(await lock.read(ada)).toEqual(lease(back, START + 30_000));
    });

    test("a lower epoch is told who holds, and changes nothing", async () => {
      const { lock, ada } = await setUp();
      await lock.settle(ada, laptop, START + 10_000);
      expect(await lock.settle(ada, phone, START + 30_000)).toEqual(superseded(laptop, START + 10_000));
      const older = { ...laptop, epoch: 3 };
      expect(await lock.settle(ada, older, START + 30_000)).toEqual(superseded(laptop, START + 10_000));
      expect(await lock.read(ada)).toEqual(lease(laptop, START + 10_000));
    });

    test("one epoch belongs to one device", async () => {
      const { lock, ada } = await setUp();
      await lock.settle(ada, laptop, START + 10_000);
      const rival = { ...phone, epoch: laptop.epoch };
      expect(await lock.settle(ada, rival, START + 30_000)).toEqual(superseded(laptop, START + 10_000));
      expect(await lock.read(ada)).toEqual(lease(laptop, START + 10_000));
    });

    test("after a lease lapsed an older epoch still does not come back", async () => {
      const { clock, lock, ada } = await setUp();
      await lock.settle(ada, laptop, START + 10_000);
      clock.time = START + 60_000;
      expect(await lock.settle(ada, phone, START + 90_000)).toEqual(superseded(laptop, START + 10_000));
      expect(await lock.read(ada)).toBeUndefined();
    });

    test("the same device finds its lapsed lease again", async () => {
      const { clock, lock, ada } = await setUp();
      await lock.settle(ada, laptop, START + 10_000);
      clock.time = START + 60_000;
      expect(await lock.settle(ada, laptop, START + 90_000)).toEqual(HELD);
      expect(await lock.read(ada)).toEqual(lease(laptop, START + 90_000));
    });

    test("settled again, the lease grows and never shrinks; since when and under which name stays", async () => {
      const { lock, ada } = await setUp();
      await lock.settle(ada, laptop, START + 10_000);
      const again = { ...laptop, label: "Firefox", since: START + 7 };
      expect(await lock.settle(ada, again, START + 30_000)).toEqual(HELD);
      expect(await lock.settle(ada, again, START + 20_000)).toEqual(HELD);
      expect(await lock.read(ada)).toEqual(lease(laptop, START + 30_000));
    });

    test("renewing extends and shortens", async () => {
      const { lock, ada } = await setUp();
      await lock.settle(ada, laptop, START + 10_000);
      for (const leaseUntil of [START + 40_000, START + 5_000]) {
        expect(await lock.renew([{ userId: ada, holding: laptop, leaseUntil }])).toEqual([HELD]);
        expect(await lock.read(ada)).toEqual(lease(laptop, leaseUntil));
      }
      expect(await lock.renew([{ userId: ada, holding: laptop, leaseUntil: START }])).toEqual([HELD]);
      expect(await lock.read(ada)).toBeUndefined();
    });

    test("renewing settles what a lock that was emptied has forgotten, and what it never heard of", async () => {
      const { lock, ada, bob } = await setUp();
      await lock.settle(bob, phone, START + 30_000);
      const leaseUntil = START + 20_000;
      const entries = [ada, bob].map((userId) => ({ userId, holding: laptop, leaseUntil }));
      expect(await lock.renew(entries)).toEqual([HELD, HELD]);
      expect(await lock.read(ada)).toEqual(lease(laptop, leaseUntil));
      expect(await lock.read(bob)).toEqual(lease(laptop, leaseUntil));
    });

    test("a node that speaks for a device that lost the baton is told so, and the others of its batch are renewed", async () => {
      const { lock, ada, bob } = await setUp();
      await lock.settle(ada, laptop, START + 10_000);
      await lock.settle(bob, phone, START + 10_000);
      const entries = [
        { userId: ada, holding: phone, leaseUntil: START + 30_000 },
        { userId: bob, holding: phone, leaseUntil: START + 30_000 },
        { userId: ada, holding: { ...phone, epoch: laptop.epoch }, leaseUntil: START + 30_000 },
      ];
      const lost = superseded(laptop, START + 10_000);
      expect(await lock.renew(entries)).toEqual([lost, HELD, lost]);
      expect(await lock.read(ada)).toEqual(lease(laptop, START + 10_000));
      expect(await lock.read(bob)).toEqual(lease(phone, START + 30_000));
    });

    test("a batch of none is answered with none, one of a thousand in its order", async () => {
      const { lock } = await setUp();
      expect(await lock.renew([])).toEqual([]);
      const entries = Array.from({ length: 1_000 }, (_, i) => ({
        userId: userId(`crowd-${i}`),
        holding: i % 3 === 0 ? phone : laptop,
        leaseUntil: START + i,
      }));
      const losers = entries.filter(({ holding }) => holding === phone);
      await lock.renew(losers.map((loser) => ({ ...loser, holding: laptop })));
      expect(await lock.renew(entries)).toEqual(
        entries.map(({ holding, leaseUntil }) => (holding === phone ? superseded(laptop, leaseUntil) : HELD)),
      );
    });

    test("who lets go holds no more, at once, and finds it again if nobody took it", async () => {
      const { lock, ada } = await setUp();
      await lock.settle(ada, laptop, START + 30_000);
      await lock.release(ada, laptop);
      expect(await lock.read(ada)).toBeUndefined();
      expect(await lock.settle(ada, laptop, START + 20_000)).toEqual(HELD);
      expect(await lock.read(ada)).toEqual(lease(laptop, START + 20_000));
    });

    test("what was let go keeps its epoch: an older one stays out, a newer one takes it", async () => {
      const { lock, ada } = await setUp();
      await lock.settle(ada, laptop, START + 30_000);
      await lock.release(ada, laptop);
      expect(await lock.settle(ada, phone, START + 30_000)).toEqual(superseded(laptop, START));
      const next = { ...phone, epoch: 6 };
      expect(await lock.settle(ada, next, START + 30_000)).toEqual(HELD);
      expect(await lock.read(ada)).toEqual(lease(next, START + 30_000));
    });

    test.each([
      ["another device", { deviceId: phone.deviceId, epoch: laptop.epoch }],
      ["the same device as it was before", { deviceId: laptop.deviceId, epoch: laptop.epoch - 1 }],
      ["the same device as it never was", { deviceId: laptop.deviceId, epoch: laptop.epoch + 1 }],
    ])("%s cannot let go for the holder", async (_who, of) => {
      const { lock, ada } = await setUp();
      await lock.settle(ada, laptop, START + 30_000);
      await lock.release(ada, of);
      expect(await lock.read(ada)).toEqual(lease(laptop, START + 30_000));
    });

    test("letting go of what nobody holds leaves nothing behind", async () => {
      const { lock, ada } = await setUp();
      await lock.release(ada, laptop);
      expect(await lock.settle(ada, phone, START + 30_000)).toEqual(HELD);
    });

    test("letting go of a lapsed lease does not make it longer", async () => {
      const { clock, lock, ada } = await setUp();
      await lock.settle(ada, laptop, START + 10_000);
      clock.time = START + 20_000;
      await lock.release(ada, laptop);
      expect(await lock.settle(ada, phone, START + 30_000)).toEqual(superseded(laptop, START + 10_000));
    });

    test("of many that claim at once the highest epoch wins, in whatever order they come", async () => {
      const { lock, ada } = await setUp();
      const epochs = [3, 9, 1, 7, 12, 2, 11, 5];
      const claims = epochs.map((epoch) => ({ ...phone, deviceId: `device-${epoch}`, epoch }));
      await Promise.all(claims.map((holding) => lock.settle(ada, holding, START + 30_000)));
      expect(await lock.read(ada)).toMatchObject({ deviceId: "device-12", epoch: 12 });
    });

    test("names come back as they were, and the largest epoch is still a number", async () => {
      const { lock, ada } = await setUp();
      const strange: Holding = {
        deviceId: "_-0e5".padEnd(21, "0"),
        label: 'Zoë\'s «📱», "a:b" \\ {c}\n%d 1e3',
        epoch: 2_147_483_647,
        since: START - 1,
      };
      expect(await lock.settle(ada, strange, START + 30_001)).toEqual(HELD);
      expect(await lock.read(ada)).toEqual(lease(strange, START + 30_001));
      expect(await lock.settle(ada, laptop, START + 30_000)).toEqual(superseded(strange, START + 30_001));
      const nameless = { ...strange, deviceId: "0123", label: "" };
      expect(await lock.settle(`${ada}-2`, nameless, START + 30_000)).toEqual(HELD);
      expect(await lock.read(`${ada}-2`)).toEqual(lease(nameless, START + 30_000));
    });
  });
}

function userId(name: string): string {
  return `${name}-${randomUUID()}`;
}
