// People who come back to a device that was signed out, or lost, a moment ago.
import { nanoid } from "nanoid";
import { afterAll, beforeAll, expect, onTestFinished, test } from "vitest";
import type { DatabaseTarget } from "../postgres/connect.ts";
import { newDevice } from "../testing/testClient.ts";
import { startTestGateway, type TestGateway, testDatabase, userToken } from "../testing/testGateway.ts";
import { latch, lostAt, rowsOf } from "./devices.fixture.ts";

let database: { target: DatabaseTarget; drop(): Promise<void> };
let house: TestGateway;
beforeAll(async () => {
  database = await testDatabase();
  house = await startTestGateway(database.target, { site: { bot: { kind: "none" } } });
});
afterAll(async () => {
  await house.close();
  await database.drop();
});

async function somebody() {
  const sub = nanoid();
  const device = newDevice("Phone");
  return { device, auth: async () => ({ userToken: await userToken(sub), device }) };
}

test("who syncs is told who holds by now, also where no node hears another", async () => {
  const other = await startTestGateway(database.target, { site: { bot: { kind: "none" } } });
  onTestFinished(() => other.close());
  const ada = await somebody();
  const page = await house.visit(await ada.auth());
  const { sessionId } = (await page.send("hello")).message;
  const auth = { ...(await ada.auth()), device: newDevice("Laptop") };
  const laptop = await other.connect(auth);
  const { lock } = await laptop.open();
  await laptop.ask("session:takeover", { epoch: lock.epoch });
  const told = await page.ask("sync", { sessionId, rev: 0 });
  expect(told.lock).toMatchObject({ holder: { deviceId: auth.device.id }, epoch: lock.epoch + 1, mine: false });
});

test("who signs in again on a device keeps the baton when another node ends the device's old tab late", async () => {
  // Another node on this database, and nothing between the two.
  const other = await startTestGateway(database.target, { site: { bot: { kind: "none" } } });
  const ada = await somebody();
  const page = await house.connect(await ada.auth());
  const { user, lock: before } = await page.open();
  const tab = await other.visit(await ada.auth());
  await page.ask("auth:logout", {});
  const back = await house.connect(await ada.auth());
  expect((await back.open()).lock).toMatchObject({ mine: true, epoch: before.epoch + 1 });
  await tab.event("closing");
  // What it was doing about that is done.
  await other.close();
  expect(await rowsOf(house.sql, user.id)).toMatchObject({
    epoch: before.epoch + 1,
    active_device_id: ada.device.id,
  });
});

test("a device whose row somebody holds is waited for by its own person, and by nobody else who comes back", async () => {
  const [ada, bob] = [await somebody(), await somebody()];
  for (const one of [ada, bob]) (await house.visit(await one.auth())).close();
  for (const one of [ada, bob]) await lostAt(house.sql, one.device.id);
  const row = await latch(house.sql, { table: "devices", of: ada.device.id });
  onTestFinished(row.open);
  const page = await house.connect(await ada.auth());
  const { answer } = await row.queue(() => page.open());
  const { lock } = await (await house.connect(await bob.auth())).open();
  expect(lock.mine).toBe(true);
  await row.open();
  expect((await answer).lock.mine).toBe(true);
  const ids = [ada.device.id, bob.device.id];
  const lost = await house.sql`SELECT 1 FROM devices WHERE id = ANY(${ids}) AND lost_at IS NOT NULL`;
  expect(lost).toEqual([]);
});
