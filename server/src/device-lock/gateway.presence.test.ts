import { nanoid } from "nanoid";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type TestGateway, testGateway } from "../testing/testGateway.ts";
import { advance, locksHeard, person, threeDevices } from "./devices.fixture.ts";

let house: TestGateway;
beforeAll(async () => {
  house = await testGateway({ config: { testClock: true }, site: { bot: { kind: "none" } } });
  // What is special about the first 30 s is tested in gateway.restart.test.ts.
  await advance(house, 31_000);
});
afterAll(() => house.close());

const gone = (epoch: number) => ({ holder: null, epoch, mine: false });
const HOUR_MS = 3_600_000;

describe("an active device whose page closes", () => {
  test("is waited for 20 s; then those that watch are told that nobody is active", async () => {
    const { phone, laptop, tablet } = await threeDevices(house);
    phone.client.close();
    await advance(house, 15_000);
    await laptop.client.ask("sync", { sessionId: "none", rev: 0 }).catch(() => {});
    expect(locksHeard(laptop.client)).toEqual([]);
    expect((await laptop.client.open()).lock).toEqual(laptop.snapshot.lock);
    await advance(house, 5_000);
    expect((await laptop.client.event("lock:changed")).lock).toEqual(gone(phone.snapshot.lock.epoch));
    await tablet.client.event("lock:changed");
    expect([locksHeard(laptop.client).length, locksHeard(tablet.client).length]).toEqual([1, 1]);
  });

  test("comes back to its baton, with the same epoch, and those that were told otherwise are told", async () => {
    const { ada, phone, laptop } = await threeDevices(house);
    phone.client.close();
    await advance(house, 20_000);
    await laptop.client.event("lock:changed");
    const back = await ada.arrive(phone.device, { open: { claim: false }, visible: false });
    expect(back.snapshot.lock).toEqual(phone.snapshot.lock);
    expect((await laptop.client.event("lock:changed", ({ lock }) => lock.holder !== null)).lock).toEqual(
      laptop.snapshot.lock,
    );
    await back.client.send("hello");
    expect(locksHeard(back.client)).toEqual([]);
    expect(locksHeard(laptop.client).length).toBe(2);
  });

  test("P5: and opens within the 20 s finds all as it was, and nobody hears of it", async () => {
    const { ada, phone, laptop } = await threeDevices(house);
    for (let i = 0; i < 5; i++) {
      phone.client.close();
      await advance(house, 15_000);
      const back = await ada.arrive(phone.device);
      phone.client = back.client;
      expect(back.snapshot.lock).toEqual(phone.snapshot.lock);
    }
    await phone.client.send("hello");
    await laptop.client.event("message");
    expect([...locksHeard(laptop.client), ...locksHeard(phone.client)]).toEqual([]);
  });

  test("with another tab open is not gone at all", async () => {
    const { ada, phone, laptop } = await threeDevices(house);
    const tab = await ada.arrive(phone.device);
    phone.client.close();
    await advance(house, HOUR_MS);
    await tab.client.send("hello");
    await laptop.client.event("message");
    expect(locksHeard(laptop.client)).toEqual([]);
  });

  test("and was passive is nobody's concern", async () => {
    const { phone, laptop, tablet } = await threeDevices(house);
    laptop.client.close();
    await advance(house, HOUR_MS);
    expect([...locksHeard(phone.client), ...locksHeard(tablet.client)]).toEqual([]);
    await phone.client.send("hello");
  });

  test("leaves the baton to the next visible device that opens, at once after 20 s and not before", async () => {
    const { ada, phone } = await threeDevices(house);
    phone.client.close();
    await advance(house, 15_000);
    expect((await ada.arrive()).snapshot.lock.mine).toBe(false);
    await advance(house, 5_000);
    const next = await ada.arrive();
    expect(next.snapshot.lock).toMatchObject({ epoch: phone.snapshot.lock.epoch + 1, mine: true });
    // Back too late: it watches, and its late message is refused.
    const late = await ada.arrive(phone.device, { open: { claim: false } });
    expect(late.snapshot.lock).toEqual({ ...next.snapshot.lock, mine: false });
    const refusal = await late.client.refusal("message:send", { clientId: nanoid(), text: "late" });
    expect(refusal).toMatchObject({ code: "not_active_device", details: { lock: late.snapshot.lock } });
  });
});

describe("back from sleep", () => {
  test("after a night, with nobody there meanwhile, the baton is where it was", async () => {
    const ada = await person(house);
    const phone = await ada.arrive();
    phone.client.close();
    await advance(house, 10 * HOUR_MS);
    const back = await ada.arrive(phone.device, { open: { claim: false } });
    expect(back.snapshot.lock).toEqual(phone.snapshot.lock);
    await back.client.send("good morning");
  });

  test("a connection that lived through it has its baton still, and watching devices were not alarmed", async () => {
    const { phone, laptop } = await threeDevices(house);
    await advance(house, 10 * HOUR_MS);
    await phone.client.send("good morning");
    await laptop.client.event("message");
    expect([...locksHeard(phone.client), ...locksHeard(laptop.client)]).toEqual([]);
  });
});

describe("an active device whose page is hidden", () => {
  test("counts for 60 s after its person did something; then those that watch are told", async () => {
    const { phone, laptop } = await threeDevices(house);
    await phone.client.ask("draft:set", { text: "half a" });
    await phone.client.ask("presence:set", { visible: false });
    await advance(house, 50_000);
    expect((await laptop.client.open()).lock).toEqual(laptop.snapshot.lock);
    expect(locksHeard(laptop.client)).toEqual([]);
    await advance(house, 10_000);
    expect((await laptop.client.event("lock:changed")).lock).toEqual(gone(phone.snapshot.lock.epoch));
    // It does not know, and need not: nobody has taken anything from it.
    expect(locksHeard(phone.client)).toEqual([]);
    expect((await phone.client.open()).lock).toEqual(phone.snapshot.lock);
  });

  test.each([
    ["is shown again", (client) => client.ask("presence:set", { visible: true })],
    ["is used", (client) => client.ask("draft:set", { text: "half a" })],
  ] as [string, (client: Awaited<ReturnType<typeof threeDevices>>["phone"]["client"]) => Promise<unknown>][])(
    "and %s has the baton still, and those that watch are told so",
    async (_how, act) => {
      const { phone, laptop } = await threeDevices(house);
      await phone.client.ask("presence:set", { visible: false });
      await advance(house, 61_000);
      await laptop.client.event("lock:changed");
      await act(phone.client);
      const { lock } = await laptop.client.event("lock:changed", (told) => told.lock.holder !== null);
      expect(lock).toEqual(laptop.snapshot.lock);
      expect(locksHeard(phone.client)).toEqual([]);
    },
  );

  test("and closes was not there: nobody waits 20 s for it", async () => {
    const { ada, phone, laptop } = await threeDevices(house);
    await phone.client.ask("presence:set", { visible: false });
    await advance(house, 61_000);
    await laptop.client.event("lock:changed");
    phone.client.close();
    expect((await ada.arrive()).snapshot.lock.mine).toBe(true);
    expect(locksHeard(laptop.client)[0]).toEqual(gone(phone.snapshot.lock.epoch));
  });

  test("while another tab of it is seen is there", async () => {
    const { ada, phone, laptop } = await threeDevices(house);
    const tab = await ada.arrive(phone.device, { visible: false });
    await advance(house, HOUR_MS);
    await tab.client.send("hello");
    await laptop.client.event("message");
    expect(locksHeard(laptop.client)).toEqual([]);
  });
});

test("one who looks just when the holder has gone does not keep it from the others", async () => {
  const { ada, phone, laptop } = await threeDevices(house);
  phone.client.close();
  await advance(house, 15_000);
  // The next sweep is a second away: who opens meanwhile sees it first.
  const sweep = advance(house, 5_000);
  const tablet = await ada.arrive(undefined, { open: { claim: false } });
  await sweep;
  expect((await laptop.client.event("lock:changed")).lock).toEqual(gone(phone.snapshot.lock.epoch));
  expect((await tablet.client.open({ claim: false })).lock).toEqual(gone(phone.snapshot.lock.epoch));
});
