import { nanoid } from "nanoid";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { RawTransport } from "../testing/rawTransport.ts";
import { type TestGateway, testGateway } from "../testing/testGateway.ts";
import { everythingStored } from "../testing/visits.ts";

let house: TestGateway;
const open: RawTransport[] = [];
beforeAll(async () => {
  house = await testGateway({ limits: { handshakeMs: 1_500 }, site: { bot: { kind: "none" } } });
});
afterEach(async () => {
  for (const transport of open.splice(0)) transport.close();
  // The house is as it was: everybody who was here has left.
  await expect.poll(connections).toBe(0);
});
afterAll(() => house.close());

async function transport(): Promise<RawTransport> {
  const raw = new RawTransport(house.url);
  open.push(raw);
  return raw.opened();
}

async function connections(): Promise<number> {
  const { values } = await house.metrics.connections.get();
  return values[0]?.value ?? 0;
}

const auth = () => JSON.stringify({ protocol: 1, site: "demo", device: { id: nanoid(), label: "" } });
const connect = () => `0/visitor,${auth()}`;
const answers = (heard: readonly string[], type: string) => heard.filter((message) => message.startsWith(type));

test("of 50 CONNECTs on one transport one is answered, the others are refused, and the transport ends", async () => {
  const raw = await transport();
  for (let i = 0; i < 50; i++) raw.say(connect());
  await raw.closed();
  expect(answers(raw.heard, "0/visitor,").length).toBe(1);
  for (const message of answers(raw.heard, "4/visitor,")) {
    const refusal: unknown = JSON.parse(message.slice("4/visitor,".length));
    expect(refusal).toMatchObject({ data: { code: "bad_handshake", retryable: false } });
  }
});

test("a second CONNECT after the first was answered ends the transport", async () => {
  const raw = await transport();
  raw.say(connect());
  await raw.hears((heard) => answers(heard, "0/visitor,")[0]);
  raw.say(connect());
  await raw.closed();
  expect(answers(raw.heard, "0/visitor,").length).toBe(1);
});

test("a transport that says nothing is closed", async () => {
  const raw = await transport();
  await raw.closed();
  expect(raw.heard).toEqual([]);
});

test("a transport that was refused is closed", async () => {
  const raw = await transport();
  raw.say('0/visitor,{"protocol":7}');
  await raw.hears((heard) => answers(heard, "4/visitor,")[0]);
  await raw.closed();
});

test("nobody has business in another namespace, and a thousand of them cost nothing", async () => {
  const raw = await transport();
  raw.say(`0${auth()}`);
  for (let i = 0; i < 1_000; i++) raw.say(`0/room${i},${auth()}`);
  raw.say(`0/agent,${auth()}`);
  raw.say(`0/visitor/,${auth()}`);
  await raw.closed();
  expect(answers(raw.heard, "0")).toEqual([]);
  expect(answers(raw.heard, "4").length).toBeGreaterThanOrEqual(1);
  await stillServed();
});

test.each<[string, string | Buffer]>([
  ["of more than 64 KiB", `2/visitor,1["draft:set",{"text":"${"x".repeat(70_000)}"}]`],
  ["of no known type", "9/visitor,{}"],
  ["that is no JSON", '2/visitor,1["draft:set",{'],
  ["that is no list", '2/visitor,1{"draft:set":1}'],
  ["that is an empty list", "2/visitor,1[]"],
  ["whose name is no name", '2/visitor,1[{"a":1},{}]'],
  [
    "that promises an attachment and brings none",
    '51-/visitor,1["draft:set",{"text":{"_placeholder":true,"num":0}}]2/visitor,[]',
  ],
  ["that promises a billion attachments", '51000000000-/visitor,1["draft:set",{}]'],
  ["that is an attachment nobody announced", Buffer.from("hello")],
  ["that is 10,000 levels deep", `2/visitor,1["draft:set",${"[".repeat(10_000)}${"]".repeat(10_000)}]`],
])("a packet %s harms nobody but the transport it came on", async (_what, packet) => {
  const raw = await transport();
  raw.say(connect());
  await raw.hears((heard) => answers(heard, "0/visitor,")[0]);
  raw.say(packet);
  // Either the transport ends, or the packet is refused like any payload; it is never taken.
  const end = await Promise.race([raw.closed(), raw.hears((heard) => answers(heard, "3/visitor,1")[0])]);
  if (end.startsWith("3/visitor,1")) expect(end).toMatch(/^3\/visitor,1\[\{"ok":false/);
  await stillServed();
});

test("a client that sends more than 64 KiB at once is cut off, and nothing of it is stored", async () => {
  const ada = await house.visit();
  const before = await everythingStored(house.sql);
  ada.socket.emit("draft:set", { text: "short" }, "x".repeat(65_536));
  await ada.disconnected();
  expect(await everythingStored(house.sql)).toEqual(before);
});

test("events before the CONNECT, and to a namespace that was refused, are heard by nobody", async () => {
  const raw = await transport();
  raw.say('2/visitor,1["session:open",{}]');
  raw.say('2["session:open",{}]');
  await raw.closed();
  expect(answers(raw.heard, "3")).toEqual([]);
});

async function stillServed(): Promise<void> {
  const ada = await house.visit();
  await ada.send("still served");
  ada.close();
}
