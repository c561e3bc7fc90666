/** What a page said before its device lost the baton is never taken for said after the device got it back. */
import { nanoid } from "nanoid";
import { afterAll, beforeAll, expect, test } from "vitest";
import { newDevice, type TestClient } from "../testing/testClient.ts";
import { type TestGateway, testGateway } from "../testing/testGateway.ts";
import { person } from "./devices.fixture.ts";

let house: TestGateway;
beforeAll(async () => {
  house = await testGateway({ site: { bot: { kind: "none" } } });
});
afterAll(() => house.close());

/** From now on the page's answers to pings stay under way, as those of a page that is gone. */
function silence({ socket }: TestClient): { asked(): Promise<void>; end(): void } {
  const engine = socket.io.engine as unknown as { _sendPacket(type: string, ...more: unknown[]): void };
  const send = engine._sendPacket.bind(engine);
  const held: (() => void)[] = [];
  let note = () => {};
  const asked = new Promise<void>((resolve) => {
    note = resolve;
  });
  engine._sendPacket = (type, ...more) => {
    if (type !== "pong") return send(type, ...more);
    held.push(() => send(type, ...more));
    note();
  };
  return { asked: () => asked, end: () => void held.splice(0).map((answer) => answer()) };
}

/** The phone has lost the baton to the laptop, and another tab of the phone has taken it back. */
async function backAndForth() {
  const ada = await person(house);
  const [phone, laptop] = [await ada.arrive(newDevice("Phone")), await ada.arrive(newDevice("Laptop"))];
  const tab = await ada.arrive(phone.device);
  const silenced = silence(phone.client);
  await laptop.client.ask("session:takeover", {});
  await silenced.asked();
  await tab.client.ask("session:takeover", {});
  await phone.client.event("lock:changed", ({ lock }) => lock.mine && lock.epoch === 4);
  return { old: phone.client, tab: tab.client, laptop: laptop.client, silenced };
}

test("a word of a page that was asked and has not answered comes too late: its page begins anew", async () => {
  const { old, tab } = await backAndForth();
  old.socket.emit("message:send", { clientId: nanoid(), text: "from before" }, () => {});
  expect(await old.event("closing")).toMatchObject({ code: "restart" });
  await tab.send("first");
  expect((await tab.open()).messages.map(({ text }) => text)).toEqual(["first"]);
});

test("once it has answered it writes like every tab of its device", async () => {
  const { old, silenced } = await backAndForth();
  silenced.end();
  expect((await old.send("here I am")).message.seq).toBe(1);
});

test("a page that answers as every client does notices nothing", async () => {
  const ada = await person(house);
  const [phone, laptop] = [await ada.arrive(newDevice("Phone")), await ada.arrive(newDevice("Laptop"))];
  const tab = await ada.arrive(phone.device);
  await laptop.client.ask("session:takeover", {});
  await tab.client.ask("session:takeover", {});
  await phone.client.event("lock:changed", ({ lock }) => lock.mine);
  expect((await phone.client.send("as ever")).message.seq).toBe(1);
});
