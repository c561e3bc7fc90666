import { nanoid } from "nanoid";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { RawTransport } from "../testing/rawTransport.ts";
import { type TestGateway, testGateway } from "../testing/testGateway.ts";
import { everythingStored } from "../testing/visits.ts";

let house: TestGateway;
const open: RawTransport[] = [];
beforeAll(async () => {
  house = await testGateway({ site: { bot: { kind: "none" } } });
});
afterEach(() => {
  for (const transport of open.splice(0)) transport.close();
});
afterAll(() => house.close());

/** A transport whose visitor has opened; acks are told by their number. */
async function opened(): Promise<RawTransport> {
  const raw = await new RawTransport(house.url).opened();
  open.push(raw);
  raw.say(`0/visitor,${JSON.stringify({ protocol: 1, site: "demo", device: { id: nanoid() } })}`);
  await raw.hears((heard) => heard.find((message) => message.startsWith("0/visitor,")));
  raw.say('2/visitor,1["session:open",{}]');
  await ack(raw, 1);
  return raw;
}

function ack(raw: RawTransport, id: number): Promise<unknown> {
  const start = `3/visitor,${id}[`;
  return raw.hears((heard) => {
    const answer = heard.find((message) => message.startsWith(start));
    return answer === undefined ? undefined : (JSON.parse(answer.slice(start.length - 1)) as unknown[])[0];
  });
}

const reserved = ["connect", "connect_error", "disconnect", "disconnecting", "newListener", "removeListener"];
const others = [
  "error",
  "connection",
  "data",
  "close",
  "ping",
  "pong",
  "drain",
  "message",
  "closing",
  "then",
  "on",
  "emit",
  7,
];

test.each([...reserved, ...others])(
  "an event called «%s» is unknown or ends the transport, and does nothing else",
  async (name) => {
    const raw = await opened();
    const before = await everythingStored(house.sql);
    raw.say(`2/visitor,2${JSON.stringify([name, { polluted: true }])}`);
    const end = await Promise.race([raw.closed(), ack(raw, 2)]);
    if (typeof end !== "string") expect(end).toMatchObject({ ok: false, error: { code: "unknown_event" } });
    expect(await everythingStored(house.sql)).toEqual(before);
    await (await house.visit()).send("still served");
  },
);

test("a command without an acknowledgement takes effect, and one that is refused without one harms nothing", async () => {
  const raw = await opened();
  raw.say(`2/visitor,${JSON.stringify(["message:send", { clientId: "silent", text: "hello" }])}`);
  raw.say(`2/visitor,${JSON.stringify(["message:send", { clientId: 7 }])}`);
  raw.say(`2/visitor,${JSON.stringify(["session:steal", {}])}`);
  raw.say(`2/visitor,${JSON.stringify(["message:send"])}`);
  raw.say(`2/visitor,5${JSON.stringify(["message:send", { clientId: "silent", text: "again" }])}`);
  expect(await ack(raw, 5)).toMatchObject({ ok: true, data: { message: { text: "hello", seq: 1 } } });
});

test("acknowledgements nobody asked for, and of numbers without sense, harm nothing", async () => {
  const raw = await opened();
  for (const id of ["0", "1", "99999999999999999999", ""]) raw.say(`3/visitor,${id}[{"ok":true}]`);
  raw.say('2/visitor,99999999999999999999["presence:set",{"visible":true}]');
  raw.say('2/visitor,3["presence:set",{"visible":true}]');
  expect(await ack(raw, 3)).toEqual({ ok: true, data: {} });
});

test("the same number for every acknowledgement answers every command", async () => {
  const raw = await opened();
  for (let i = 0; i < 5; i++) raw.say('2/visitor,7["presence:set",{"visible":true}]');
  const five = (heard: readonly string[]) => heard.filter((message) => message.startsWith("3/visitor,7["));
  expect(await raw.hears((heard) => (five(heard).length === 5 ? five(heard) : undefined))).toEqual(
    Array.from({ length: 5 }, () => '3/visitor,7[{"ok":true,"data":{}}]'),
  );
});

test("someone who leaves before the answer is not missed: what was taken stays taken", async () => {
  const ada = await house.connect();
  const { visitorToken } = await ada.open();
  const clientId = nanoid();
  ada.socket.emit("message:send", { clientId, text: "hello" });
  await ada.ask("presence:set", { visible: false });
  ada.close();
  const again = await house.visit({ visitorToken });
  const { message } = await again.send("hello", { clientId });
  expect(message.seq).toBe(1);
});

test("a thousand hostile frames from a hundred transports leave the gateway serving and everyone gone", async () => {
  const frames = [
    "2/visitor,",
    "2",
    "4/visitor,{}",
    "6/visitor,",
    "0",
    "1/visitor,",
    '2/visitor,1["a"',
    "",
    "\u0000",
    "5",
    "51-",
  ];
  const transports = await Promise.all(Array.from({ length: 100 }, () => opened()));
  for (const raw of transports) for (const frame of frames) raw.say(frame);
  await (await house.visit()).send("still served");
  for (const raw of transports) raw.close();
  const count = async () => (await house.metrics.connections.get()).values[0]?.value ?? 0;
  await expect.poll(count).toBeLessThan(30);
});
