import { expect, test } from "vitest";
import type { Announcement } from "../announcement.ts";
import { createLog } from "../log.ts";
import { StaleEpoch } from "../refused.ts";
import { Baton, type Bearer } from "./baton.ts";
import { createDamping } from "./damping.ts";
import type { HolderStore, Standing, TakenOver } from "./holderStore.ts";
import { LockKeeper } from "./lockKeeper.ts";
import { createMemoryDeviceLock } from "./memoryDeviceLock.ts";
import type { Present } from "./people.ts";

/** A user's row whose answers are given when the test says so: what was true when asked may be old when told. */
function house() {
  const clock = { time: 1_000_000, now: () => clock.time };
  const rows = { epoch: 1, deviceId: undefined as string | undefined };
  const delays = { look: [] as Promise<void>[], take: [] as Promise<void>[] };
  /** The answer is what is true now; it is told when the test says so. */
  const told = async <T>(which: keyof typeof delays, answer: T): Promise<T> => {
    await delays[which].shift();
    return answer;
  };
  const store: HolderStore = {
    readStanding: () => {
      const holder = rows.deviceId === undefined ? undefined : { deviceId: rows.deviceId, label: "", since: 0 };
      return told<Standing>("look", { epoch: rows.epoch, isGone: false, holder, lostAt: undefined });
    },
    takeOver: ({ device, epoch }) => {
      if (rows.deviceId === device.id) return told<TakenOver>("take", { kind: "held", epoch: rows.epoch });
      if (epoch !== undefined && epoch !== rows.epoch) return told<TakenOver>("take", { kind: "moved" });
      Object.assign(rows, { epoch: rows.epoch + 1, deviceId: device.id });
      return told<TakenOver>("take", { kind: "taken", epoch: rows.epoch, since: 0, moved: undefined });
    },
    letGo: async () => undefined,
    saveLost: async () => {},
    saveHere: async () => {},
    saveBack: async () => {},
  };
  const here: (Present & { caller: Bearer; owesLife: number })[] = [];
  const people = { of: () => here };
  const said: Announcement[] = [];
  const log = createLog({ level: "silent" });
  const keeper = new LockKeeper({
    lock: createMemoryDeviceLock(clock),
    store,
    people,
    isElsewhere: async () => false,
    now: clock.now,
    log,
  });
  const say = (announcements: readonly Announcement[]) => void said.push(...announcements);
  const askForLife = (connectionId: string): void => {
    for (const present of here) if (present.id === connectionId) present.owesLife = 1;
  };
  const baton = new Baton({ store, keeper, people, damping: createDamping(), say, passed: () => {}, askForLife });

  function connection(deviceId: string, oneDevice: "ask" | "shared" = "ask"): Bearer {
    const site = { policy: { oneDevice } };
    const bearer: Bearer = {
      userId: "ada",
      connectionId: `${deviceId} ${here.length}`,
      site,
      device: { id: deviceId, label: deviceId },
      epoch: 0,
    };
    const { connectionId: id, device } = bearer;
    here.push({ id, device, visible: true, usedAt: clock.now(), owesLife: 0, caller: bearer });
    return bearer;
  }

  return {
    baton,
    rows,
    said,
    here,
    connection,
    arrive: (bearer: Bearer) => baton.arrive(bearer, { visible: true, claim: true }),
    /** The next answer of that kind waits until it is let go. */
    delay(which: keyof typeof delays): () => void {
      let letGo = () => {};
      delays[which].push(new Promise((resolve) => (letGo = resolve)));
      return () => letGo();
    },
  };
}

const locks = (said: readonly Announcement[]) =>
  said.flatMap((one) => (one.event === "lock:changed" ? [one.payload.lock.epoch] : []));

test("a second tab whose look at the rows is answered after a takeover is passive, and takes nothing back", async () => {
  const { baton, connection, arrive, delay, said } = house();
  const [phone, laptop] = [connection("phone"), connection("laptop")];
  await arrive(phone);
  await arrive(laptop);
  const tab = connection("phone");
  const answer = delay("look");
  const opening = arrive(tab);
  await baton.press(laptop, undefined);
  answer();
  const { lock } = await opening;
  expect(lock).toMatchObject({ holder: { deviceId: "laptop" }, epoch: 3, mine: false });
  expect([phone.epoch, tab.epoch, laptop.epoch]).toEqual([0, 0, 3]);
  expect([phone, tab, laptop].map((bearer) => baton.isActive(bearer))).toEqual([false, false, true]);
  expect(locks(said).at(-1)).toBe(3);
});

test("of two takeovers that are told in the wrong order the later one has it, and of the earlier nobody hears after", async () => {
  const { baton, connection, arrive, delay, said } = house();
  const [phone, laptop, tablet] = [connection("phone"), connection("laptop"), connection("tablet")];
  for (const bearer of [phone, laptop, tablet]) await arrive(bearer);
  const answer = delay("take");
  const first = baton.press(laptop, undefined);
  const second = await baton.press(tablet, undefined);
  answer();
  const { lock } = await first;
  expect(second.lock).toMatchObject({ epoch: 4, mine: true });
  expect(lock).toMatchObject({ holder: { deviceId: "tablet" }, epoch: 4, mine: false });
  expect([phone.epoch, laptop.epoch, tablet.epoch]).toEqual([0, 0, 4]);
  expect(locks(said).filter((epoch) => epoch === 3)).toEqual([]);
});

test("two words of a device at once take the baton once, whichever look is answered first", async () => {
  const { baton, connection, delay } = house();
  const [phone, tab] = [connection("phone"), connection("phone")];
  const answer = delay("look");
  const first = baton.takeToWrite(phone, true);
  await baton.takeToWrite(tab, true);
  answer();
  expect((await first).lock).toMatchObject({ epoch: 2, mine: true });
  expect([phone.epoch, tab.epoch]).toEqual([2, 2]);
});

test("somebody whose last connection closed while the database decided is kept in no memory", async () => {
  const { baton, connection, arrive, delay, here } = house();
  const phone = connection("phone");
  const answer = delay("take");
  const opening = arrive(phone);
  await new Promise((resolve) => setImmediate(resolve));
  here.length = 0;
  baton.forget("ada");
  answer();
  await opening;
  expect(baton.lockOf(phone)).toEqual({ holder: null, epoch: 0, mine: false });
});

test("a takeover on another node is granted to the tabs of its device here, and taken from the others, told by nobody here", async () => {
  const { baton, rows, connection, arrive, said } = house();
  const [phone, laptop] = [connection("phone"), connection("laptop")];
  for (const bearer of [phone, laptop]) await arrive(bearer);
  said.length = 0;
  Object.assign(rows, { epoch: 7, deviceId: "laptop" });
  await baton.hear("ada");
  expect([phone.epoch, laptop.epoch]).toEqual([0, 7]);
  expect(baton.lockOf(phone)).toMatchObject({ holder: { deviceId: "laptop" }, epoch: 7, mine: false });
  await baton.sweep();
  expect(said).toEqual([]);
});

test("a connection that missed how its device lost the baton and got it back is granted nothing, and begins anew", async () => {
  const { baton, rows, connection, arrive } = house();
  const phone = connection("phone");
  await arrive(phone);
  // Its node was frozen: a laptop took over elsewhere, and the phone, there too, took it back.
  Object.assign(rows, { epoch: 4, deviceId: "phone" });
  await baton.hear("ada");
  expect(phone.epoch).toBe(2);
  expect(baton.isActive(phone)).toBe(false);
  await expect(baton.takeToWrite(phone, true)).rejects.toThrow(StaleEpoch);
  expect(await baton.isOutdated(phone)).toBe(true);
});

test("a connection that has shown no life since it lost the baton is granted nothing; one that has is granted what its device has", async () => {
  const { baton, rows, connection, arrive, here } = house();
  const phone = connection("phone");
  await arrive(phone);
  Object.assign(rows, { epoch: 3, deviceId: "laptop" });
  await baton.hear("ada");
  Object.assign(rows, { epoch: 4, deviceId: "phone" });
  await baton.hear("ada");
  expect(phone.epoch).toBe(0);
  // What it says now may have been said before, to a node that was frozen, and said again elsewhere since.
  await expect(baton.takeToWrite(phone, true)).rejects.toThrow(StaleEpoch);
  for (const present of here) present.owesLife = 0;
  await baton.takeToWrite(phone, true);
  expect(phone.epoch).toBe(4);
});

test("where devices share, each goes on with the epoch that another node has seen rise", async () => {
  const { baton, rows, connection, arrive } = house();
  const [phone, laptop] = [connection("phone", "shared"), connection("laptop", "shared")];
  for (const bearer of [phone, laptop]) await arrive(bearer);
  rows.epoch = 7;
  await baton.hear("ada");
  expect([phone.epoch, laptop.epoch]).toEqual([7, 7]);
});
