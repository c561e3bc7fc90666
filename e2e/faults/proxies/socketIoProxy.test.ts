import { steadyPort } from "@baton/server/testing/steadyPort";
import { newDevice, TestClient } from "@baton/server/testing/testClient";
import { afterAll, afterEach, beforeAll, beforeEach, expect, onTestFinished, test } from "vitest";
import { GatewayProcess, gatewayHome } from "../../gatewayProcess.ts";
import { configWithoutBot } from "../cluster/cluster.ts";
import { type SocketIoProxy, socketIoProxy } from "./socketIoProxy.ts";

let home: Awaited<ReturnType<typeof gatewayHome>>;
let gateway: GatewayProcess;
let proxy: SocketIoProxy;

beforeAll(async () => {
  home = await gatewayHome((port) => configWithoutBot([`http://127.0.0.1:${port}`]));
  gateway = new GatewayProcess(home);
  await gateway.start();
}, 60_000);

afterAll(async () => {
  await gateway.stop();
  home.remove();
}, 60_000);

beforeEach(async () => {
  proxy = await socketIoProxy(home.url);
});

afterEach(async () => {
  await proxy.close();
  expect(proxy.connections).toBe(0);
});

type Person = { client: TestClient; auth: Record<string, unknown> };

/** Somebody new, or another tab of theirs. */
async function person(url = proxy.url, auth: Record<string, unknown> = { device: newDevice() }): Promise<Person> {
  const client = new TestClient(url, auth);
  onTestFinished(() => {
    client.close();
    expect(client.faults).toEqual([]);
  });
  await client.connected();
  const { visitorToken } = await client.open();
  return { client, auth: { ...auth, visitorToken: auth.visitorToken ?? visitorToken } };
}

const textsOf = (client: TestClient) => client.of("message").map(({ message }) => message.text);

async function transcript({ auth }: Person): Promise<string[]> {
  const { client } = await person(home.url, auth);
  const { messages } = await client.open();
  return messages.map(({ text }) => text);
}

test("without a rule everybody hears each other as ever, pages and the gateway's refusals included", async () => {
  const { client, auth } = await person();
  const { client: tab } = await person(proxy.url, auth);
  await client.send("hello");
  await tab.event("message", ({ message }) => message.text === "hello");
  expect((await fetch(`${proxy.url}/readyz`)).status).toBe(200);
  const stranger = new TestClient(proxy.url, {}, { origin: "http://evil.example" });
  onTestFinished(() => stranger.close());
  await expect(stranger.connected()).rejects.toMatchObject({ data: { code: "origin_forbidden" } });
});

test("a message whose ack is suppressed is said again under its clientId, and is there once", async () => {
  const one = await person();
  const lost = proxy.apply({ type: "ack", event: "message:send", times: 1, do: { kind: "drop" } });
  let answers = 0;
  one.client.socket.emit("message:send", { clientId: "said-twice", text: "hello" }, () => {
    answers += 1;
  });
  expect(await lost.struck).toMatchObject({ rule: "drop", direction: "down", type: "ack", event: "message:send" });
  // Committed, or it would not have been acknowledged.
  expect(await transcript(one)).toEqual(["hello"]);
  const again = await one.client.send("hello", { clientId: "said-twice" });
  proxy.cut();
  await one.client.disconnected();
  const back = await person(proxy.url, one.auth);
  const third = await back.client.send("hello", { clientId: "said-twice" });
  expect(third.message).toEqual(again.message);
  expect(await transcript(one)).toEqual(["hello"]);
  expect(answers).toBe(0);
});

test("a packet that arrives twice is one message", async () => {
  const one = await person();
  const rule = proxy.apply({ direction: "up", event: "message:send", times: 1, do: { kind: "duplicate" } });
  const acks = proxy.apply({ type: "ack", times: 3, do: { kind: "delay", ms: 0 } });
  await one.client.send("hello");
  await one.client.send("more");
  expect([rule.strikes, acks.strikes]).toEqual([1, 3]);
  expect(await transcript(one)).toEqual(["hello", "more"]);
});

test("two notices change places", async () => {
  const one = await person();
  const swapping = { direction: "down", type: "event", event: "message", times: 2, do: { kind: "swap" } } as const;
  const { client: tab } = await person(home.url, one.auth);
  proxy.apply(swapping);
  for (const text of ["1", "2", "3"]) await tab.send(text);
  await one.client.event("message", ({ message }) => message.text === "3");
  expect(textsOf(one.client)).toEqual(["2", "1", "3"]);
});

test("a notice that is dropped is brought by the next sync", async () => {
  const one = await person();
  const { client: tab } = await person(home.url, one.auth);
  const { message } = await tab.send("first");
  const lost = proxy.apply({ event: "message", do: { kind: "drop" } });
  await tab.send("second");
  await lost.struck;
  const { changes } = await one.client.ask("sync", { sessionId: message.sessionId, rev: message.rev });
  expect(changes.map(({ text }) => text)).toEqual(["second"]);
  expect(textsOf(one.client)).toEqual(["first"]);
});

test("an ack that is held is overtaken, and comes when the rule is lifted", async () => {
  const one = await person();
  const rule = proxy.apply({ type: "ack", event: "message:send", times: 1, do: { kind: "hold" } });
  const order: string[] = [];
  const first = one.client.send("first").then(() => order.push("first"));
  await rule.struck;
  await one.client.send("second");
  order.push("second");
  rule.lift();
  await first;
  expect(order).toEqual(["second", "first"]);
});

test("a packet that is delayed comes later, and those after it do not wait", async () => {
  const one = await person();
  proxy.apply({ type: "ack", event: "message:send", times: 1, do: { kind: "delay", ms: 1_000 } });
  const since = performance.now();
  const order: string[] = [];
  const first = one.client.send("first").then(() => order.push("first"));
  await one.client.ask("typing:set", { typing: true });
  order.push("typing");
  await first;
  expect(performance.now() - since).toBeGreaterThanOrEqual(999);
  expect(order).toEqual(["typing", "first"]);
});

test("a transport is cut in the place of a packet, which then has never been said", async () => {
  const one = await person();
  proxy.apply({ direction: "up", event: "message:send", fits: ({ args }) => says(args, "fatal"), do: { kind: "cut" } });
  await one.client.send("hello");
  const gone = one.client.disconnected();
  one.client.socket.emit("message:send", { clientId: "c", text: "fatal" });
  expect(await gone).toBe("transport close");
  expect(await transcript(one)).toEqual(["hello"]);
});

test("a gateway that is not there is not there", async () => {
  const nowhere = await socketIoProxy(`http://127.0.0.1:${await steadyPort()}`);
  onTestFinished(() => nowhere.close());
  const client = new TestClient(nowhere.url);
  await expect(client.connected()).rejects.toThrow(/websocket error/);
});

function says([payload]: readonly unknown[], text: string): boolean {
  return typeof payload === "object" && payload !== null && Reflect.get(payload, "text") === text;
}
