import { afterEach, expect, test } from "vitest";
import type { LimitsConfig } from "../config/config.ts";
import { newDevice } from "../testing/testClient.ts";
import { NO_LIMITS, type TestGateway, testGateway, userToken } from "../testing/testGateway.ts";

let house: TestGateway | undefined;
afterEach(async () => {
  await house?.close();
  house = undefined;
});

async function open(limits: Partial<LimitsConfig>): Promise<TestGateway> {
  house = await testGateway({ limits: { ...NO_LIMITS, ...limits }, site: { bot: { kind: "none" } } });
  return house;
}

test("a person's connection beyond the last that they may have is ended, and those before it stay", async () => {
  const here = await open({ userConnections: 2 });
  const token = await userToken("ada");
  const tab = { userToken: token, device: newDevice() };
  const [one, two] = [await here.visit(tab), await here.visit(tab)];
  const three = await here.connect({ userToken: token });
  expect((await three.raw("session:open", {})).ok).toBe(false);
  expect(await three.event("closing")).toMatchObject({ code: "too_many_connections", mayReturn: false });
  await three.disconnected();
  await one.send("hello");
  await two.send("hello");
  expect([one.of("closing"), two.of("closing"), three.of("message")]).toEqual([[], [], []]);
  // Nobody else is concerned, and whoever leaves makes room.
  await here.visit();
  one.close();
  await expect
    .poll(async () => {
      const next = await here.connect({ userToken: token });
      return (await next.raw("session:open", {})).ok;
    })
    .toBe(true);
});

test("an address's connection beyond the last that it may have is ended", async () => {
  const here = await open({ addressConnections: 2 });
  const one = await here.visit();
  await here.visit();
  const three = await here.connect();
  expect(await three.event("closing")).toMatchObject({ code: "too_many_connections", mayReturn: false });
  await three.disconnected();
  await one.send("still here");
});

test("an address that connects too fast is let in and told when to open; then it opens", async () => {
  const here = await open({ addressConnectionsPerSecond: 1 });
  // Two at once, then one a second: of so many not all are early, however slow the machine is.
  const all = await Promise.all(Array.from({ length: 10 }, () => here.connect()));
  const answers = await Promise.all(all.map((client) => client.raw("session:open", {})));
  const late = all.find((_, i) => !answers[i]?.ok);
  if (!late) throw new Error("nobody was too fast");
  const [refusal] = answers.filter(({ ok }) => !ok);
  const error = { code: "rate_limited", retryable: true, retryAfterMs: expect.any(Number) };
  expect(refusal).toMatchObject({ ok: false, error });
  expect(await late.refusal("message:send", { clientId: "c", text: "x" })).toMatchObject({ code: "no_session" });
  await expect.poll(async () => (await late.raw("session:open", {})).ok, { timeout: 10_000 }).toBe(true);
});

test("a person who connects too often is told when to open", async () => {
  const here = await open({ userConnectionsPerMinute: 2 });
  const token = await userToken("ada");
  await here.visit({ userToken: token });
  await here.visit({ userToken: token });
  const late = await here.connect({ userToken: token });
  expect(await late.refusal("session:open", {})).toMatchObject({
    code: "rate_limited",
    retryAfterMs: expect.any(Number),
  });
  expect(late.of("closing")).toEqual([]);
  await here.visit({ userToken: await userToken("bob") });
});

test("whoever goes leaves nothing behind", async () => {
  const here = await open({});
  const people = await Promise.all(Array.from({ length: 20 }, () => here.visit()));
  const count = async () => (await here.metrics.connections.get()).values[0]?.value;
  expect(await count()).toBe(20);
  for (const person of people) person.close();
  await expect.poll(count).toBe(0);
});

test("a gateway that stops tells everyone when to come back, each their own moment", async () => {
  const here = await open({ drainWindowMs: 1_000 });
  const people = await Promise.all([1, 2, 3].map(() => here.visit()));
  const told = Promise.all(people.map((person) => person.event("closing")));
  await here.gateway.close();
  const all = await told;
  for (const closing of all) {
    expect(closing).toMatchObject({ code: "draining", mayReturn: true, reconnectAfterMs: expect.any(Number) });
  }
  expect(new Set(all.map(({ reconnectAfterMs }) => reconnectAfterMs)).size).toBe(3);
});
