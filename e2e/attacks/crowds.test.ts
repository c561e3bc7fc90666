// Many at once: connections of one address, transports that say nothing, namespaces, one token again and again. Who comes
// from elsewhere does not notice. Two loopback addresses are two addresses; whoever names another in a header is not.
import { nanoid } from "nanoid";
import { afterEach, expect, test } from "vitest";
import { SITE } from "./house.ts";
import { type Opening, RawSocket } from "./rawSocket.ts";
import { endsUnharmed, underAttack } from "./unharmed.ts";

const AT_MOST = 300;
const CROWD = 2_000;
const house = underAttack({
  limits: { addressConnections: AT_MOST, handshakeMs: 2_000, userConnectionsPerMinute: 10 },
});
const open: RawSocket[] = [];
afterEach(async () => {
  for (const raw of open.splice(0)) raw.end();
  await expect.poll(() => house().figure("baton_connections"), { timeout: 10_000 }).toBe(0);
});

/** One that goes when it is told to. */
function transport(more: Partial<Opening> = {}): Promise<RawSocket> {
  const raw = new RawSocket({ port: house().port, from: "127.0.0.2", ...more });
  raw.onGoodbye = () => raw.end();
  open.push(raw);
  return raw.opened();
}

const auth = (more: object = {}) => ({ protocol: 1, site: SITE, device: { id: nanoid() }, ...more });

/** So many, a hundred at a time. */
async function many<T>(count: number, one: (i: number) => Promise<T>): Promise<T[]> {
  const all: T[] = [];
  while (all.length < count) {
    const next = Math.min(100, count - all.length);
    all.push(...(await Promise.all(Array.from({ length: next }, (_, i) => one(all.length + i)))));
  }
  return all;
}

test(`of ${CROWD} connections from one address ${AT_MOST} stay, whatever they say of where they come from`, async () => {
  let told = 0;
  const crowd = await many(CROWD, async (i) => {
    const raw = await transport({ headers: { "x-forwarded-for": `198.51.100.${i % 250}` } });
    raw.onMessage = (text) => {
      if (text.includes('"code":"too_many_connections"')) told += 1;
    };
    await raw.join(auth());
    return raw;
  });
  await expect.poll(() => crowd.filter((raw) => !raw.isClosed).length, { timeout: 10_000 }).toBe(AT_MOST);
  expect(told).toBe(CROWD - AT_MOST);
  expect(await house().figure("baton_connections")).toBe(AT_MOST);
  await house().serves();
});

test("a thousand transports that upgrade and say nothing are closed when their time is over", async () => {
  const crowd = await many(1_000, () => transport());
  // They do not even say goodbye.
  for (const raw of crowd) raw.onGoodbye = () => {};
  await house().serves();
  await Promise.all(crowd.map((raw) => raw.closed()));
});

test("namespaces by the thousand, on a hundred transports at once, are refused and leave nothing", async () => {
  const before = await house().held();
  const crowd = await many(100, () => transport());
  for (const raw of crowd) {
    for (let i = 0; i < 200; i++) raw.say(`40/${nanoid(200)},${JSON.stringify(auth())}`);
    for (let i = 0; i < 50; i++) raw.say(`40/visitor/${i},{}`);
    raw.say("40");
  }
  await Promise.all(crowd.map((raw) => raw.closed()));
  for (const raw of crowd) expect(raw.heard.filter((message) => message.startsWith("40"))).toEqual([]);
  const { bytes } = await house().held();
  expect((bytes - before.bytes) / 1_048_576, "MB kept").toBeLessThan(8);
});

test("somebody who comes again and again with one token is held up, and nobody else is", async () => {
  const first = await transport();
  await first.join(auth());
  const opened = (await first.ask("session:open", {})) as { data: { visitorToken: string } };
  const { visitorToken } = opened.data;
  first.end();
  const codes = await many(200, async () => {
    const raw = await transport();
    await raw.join(auth({ visitorToken }));
    const answer = (await raw.ask("session:open", {})) as { ok: boolean; error?: { code: string } };
    raw.end();
    return answer.error?.code ?? "ok";
  });
  expect(codes.filter((code) => code === "ok").length).toBeLessThanOrEqual(30);
  expect(new Set(codes)).toEqual(new Set(["ok", "rate_limited"]));
  await house().serves();
});

endsUnharmed(house);
