import { afterEach, describe, expect, test } from "vitest";
import { newDevice, type TestClient } from "../testing/testClient.ts";
import { nodesMeet, startTestGateway, type TestGateway, testDatabase } from "../testing/testGateway.ts";
import { advance, locksHeard, lostAt, type Person, person, type Target } from "./devices.fixture.ts";

const RESTARTS = 50;

const open: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

async function database(): Promise<Target> {
  const made = await testDatabase();
  open.push(made.drop);
  return made.target;
}

async function serve(target: Target): Promise<TestGateway> {
  const house = await startTestGateway(target, { config: { testClock: true }, site: { bot: { kind: "none" } } });
  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= house.close();
    return closing;
  };
  open.push(close);
  return { ...house, close };
}

/** As after a gateway that was killed, too: neither writes that its devices left. */
async function restarted(target: Target, old: TestGateway): Promise<TestGateway> {
  await old.close();
  return serve(target);
}

// The fight of two devices is counted in Redis, which no restart of a gateway makes forget.
test.skipIf(nodesMeet)(
  `after each of ${RESTARTS} restarts, whoever of two devices is back first, the baton is where it was`,
  async () => {
    const target = await database();
    let house = await serve(target);
    const ada = await person(house);
    const devices = [newDevice("Phone"), newDevice("Laptop")] as const;
    let [holder, watcher] = devices;
    let { lock } = (await ada.arrive(holder, { at: house })).snapshot;
    for (let i = 0; i < RESTARTS; i++) {
      house = await restarted(target, house);
      const at = house;
      const isHolderFirst = i % 2 === 0;
      // A page that watched says so; a new page on the other device does not, and takes nothing either.
      const claim = i % 4 < 2 ? { claim: false } : {};
      const arrivals = [() => ada.arrive(holder, { at }), () => ada.arrive(watcher, { at, open: claim })];
      if (!isHolderFirst) arrivals.reverse();
      const back = [];
      for (const arrive of arrivals) back.push(await arrive());
      const [mine, other] = isHolderFirst ? back : back.toReversed();
      expect([i, mine?.snapshot.lock]).toEqual([i, lock]);
      expect([i, other?.snapshot.lock]).toEqual([i, { ...lock, mine: false }]);
      await mine?.client.send(`after restart ${i + 1}`);
      for (const { client } of back) expect(locksHeard(client)).toEqual([]);
      // Now and then it moves in between.
      if (i % 5 !== 4 || !other) continue;
      lock = (await other.client.ask("session:takeover", { epoch: lock.epoch })).lock;
      [holder, watcher] = [watcher, holder];
    }
    const { messages } = (await ada.arrive(holder, { at: house })).snapshot;
    expect(messages.map(({ seq }) => seq)).toEqual(Array.from({ length: RESTARTS }, (_, i) => i + 1));
  },
  60_000,
);

test("both devices at once after a restart, in one breath: the baton is where it was", async () => {
  const target = await database();
  let house = await serve(target);
  const ada = await person(house);
  const [phone, laptop] = [newDevice(), newDevice()];
  const { lock } = (await ada.arrive(phone, { at: house })).snapshot;
  for (let i = 0; i < 5; i++) {
    house = await restarted(target, house);
    const at = house;
    const [mine, other] = await Promise.all([ada.arrive(phone, { at }), ada.arrive(laptop, { at })]);
    expect([mine.snapshot.lock, other.snapshot.lock]).toEqual([lock, { ...lock, mine: false }]);
  }
});

describe("after a restart", () => {
  async function heldByPhone(): Promise<{
    target: Target;
    house: TestGateway;
    ada: Person;
    phone: string;
    client: TestClient;
  }> {
    const target = await database();
    const house = await serve(target);
    const ada = await person(house);
    const { client, device } = await ada.arrive(newDevice("Phone"));
    return { target, house, ada, phone: device.id, client };
  }

  test.skipIf(nodesMeet)("a device that does not come back is waited for 30 s, and then told to be gone", async () => {
    const { target, house, ada, phone } = await heldByPhone();
    // Far ahead of the real one: the 30 s are the test clock's, too.
    await advance(house, 3_600_000);
    const at = await restarted(target, house);
    const laptop = await ada.arrive(newDevice(), { at });
    expect(laptop.snapshot.lock).toMatchObject({ holder: { deviceId: phone }, mine: false });
    await advance(at, 25_000);
    expect((await laptop.client.open()).lock).toEqual(laptop.snapshot.lock);
    expect(locksHeard(laptop.client)).toEqual([]);
    await advance(at, 6_000);
    const { lock } = await laptop.client.event("lock:changed");
    expect(lock).toEqual({ holder: null, epoch: laptop.snapshot.lock.epoch, mine: false });
    await laptop.client.send("I go on here");
  });

  test("a device that was closed days before is no rival, neither to one that opens nor to one that watches", async () => {
    const { target, house, ada, phone } = await heldByPhone();
    const tablet = await ada.arrive(newDevice());
    const laptop = newDevice();
    for (const client of [tablet.client, (await ada.arrive({ id: phone, label: "Phone" })).client]) client.close();
    await house.close();
    const first = await serve(target);
    // Its node went away in good order, so it was expected back; it came, and its person closed it.
    const closed = await ada.arrive({ id: phone, label: "Phone" }, { at: first });
    closed.client.close();
    await lostAt(first.sql, phone);
    await advance(first, 3 * 86_400_000);
    const at = await restarted(target, first);
    const watching = await ada.arrive(tablet.device, { at, open: { claim: false } });
    const nobody = { holder: null, epoch: closed.snapshot.lock.epoch, mine: false };
    expect(watching.snapshot.lock).toEqual(nobody);
    await advance(at, 1_000);
    await advance(at, 1_000);
    expect(locksHeard(watching.client)).toEqual([]);
    const opened = await ada.arrive(laptop, { at });
    expect(opened.snapshot.lock).toMatchObject({ epoch: nobody.epoch + 1, mine: true });
    await watching.client.event("lock:changed", ({ lock }) => lock.holder?.deviceId === laptop.id);
  });

  test("a device that was refreshed just before is expected back, though its first page was seen to leave", async () => {
    const { target, house, ada, phone, client: first } = await heldByPhone();
    let client = first;
    for (let i = 0; i < 3; i++) {
      client.close();
      client = (await ada.arrive({ id: phone, label: "Phone" })).client;
    }
    // Longer than anybody is waited for.
    await advance(house, 25_000);
    const at = await restarted(target, house);
    const laptop = await ada.arrive(newDevice(), { at });
    expect(laptop.snapshot.lock).toMatchObject({ holder: { deviceId: phone }, mine: false });
  });

  test("the draft and the conversation are there on whichever device is back", async () => {
    const { target, house, ada, phone } = await heldByPhone();
    const { client } = await ada.arrive({ id: phone, label: "Phone" });
    await client.send("hello");
    await client.ask("draft:set", { text: "half a" });
    const at = await restarted(target, house);
    const { snapshot } = await ada.arrive({ id: phone, label: "Phone" }, { at });
    expect(snapshot).toMatchObject({ lock: { mine: true }, draft: { text: "half a" }, messages: [{ text: "hello" }] });
  });
});
