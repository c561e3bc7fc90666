// A word that waited for the baton longer than its page: the page has said it again elsewhere, and was told what became of it.
import { afterAll, beforeAll, expect, test } from "vitest";
import { type TestGateway, testGateway } from "../testing/testGateway.ts";
import { eventually, latch, rowsOf, threeDevices } from "./devices.fixture.ts";

let house: TestGateway;
beforeAll(async () => {
  house = await testGateway({ site: { bot: { kind: "none" } } });
});
afterAll(() => house.close());

test("a word whose connection has gone before the baton came is not stored when it comes", async () => {
  const { ada, phone, laptop, tablet } = await threeDevices(house);
  const userId = phone.snapshot.user.id;
  await phone.client.ask("auth:logout", {});
  await laptop.client.event("lock:changed", ({ lock }) => lock.holder === null);
  const connections = async () => (await house.metrics.connections.get()).values[0]?.value;
  const before = (await connections()) ?? 0;

  const held = await latch(house.sql, { table: "users", of: userId });
  const late = { clientId: "late", text: "late" };
  const said = await held.queue(() => laptop.client.raw("message:send", late).catch(() => "nobody heard"));
  laptop.client.close();
  await eventually(async () => ((await connections()) ?? 0) < before || undefined, "its connection never went");
  await held.open();
  expect(await said.answer).toBe("nobody heard");
  await eventually(
    async () => (await rowsOf(house.sql, userId))?.active_device_id === laptop.device.id || undefined,
    "it never had the baton",
  );

  const again = await ada.arrive(laptop.device);
  expect(again.snapshot.messages).toEqual([]);
  await again.client.send("now");
  await again.client.send("late", { clientId: late.clientId });
  const { messages } = await tablet.client.open();
  expect(messages.map(({ text }) => text)).toEqual(["now", "late"]);
});
