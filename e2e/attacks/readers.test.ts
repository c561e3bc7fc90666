// P10: a reader that does not read costs bounded memory and delays nobody. Everybody here is one person's tab or stranger.
import { nanoid } from "nanoid";
import { expect, test } from "vitest";
import { median } from "./figures.ts";
import { NO_LIMITS, SITE } from "./house.ts";
import { RawSocket } from "./rawSocket.ts";
import { endsUnharmed, underAttack } from "./unharmed.ts";

const READERS = 20;
const BATCH = 25;
/** 8 KB each: beyond what two kernels hold for a socket, the rest waits in the gateway until it has had enough. */
const TEXT = "x".repeat(8_000);
const MOST_BATCHES = 80;

const house = underAttack({ limits: NO_LIMITS });
type Person = Awaited<ReturnType<ReturnType<typeof house>["arrive"]>>;

async function latency(person: Person): Promise<number> {
  const asked = performance.now();
  await person.raw("presence:set", { visible: true });
  return performance.now() - asked;
}

async function reader(visitorToken: string): Promise<RawSocket> {
  const raw = await new RawSocket({ port: house().port }).opened();
  await raw.join({ protocol: 1, site: SITE, device: { id: nanoid() }, visitorToken });
  await raw.ask("session:open", {});
  raw.socket.pause();
  return raw;
}

test(`P10: of ${READERS} tabs that never read each is sent away; memory stays bounded and nobody waits for them`, async () => {
  const stranger = await house().arrive();
  const writer = await house().arrive();
  const { visitorToken = "" } = await writer.open();
  const before: number[] = [];
  for (let i = 0; i < 20; i++) before.push(await latency(stranger));
  const readers = await Promise.all(Array.from({ length: READERS }, () => reader(visitorToken)));
  const atFirst = await house().held();
  const during: number[] = [];
  let most = 0;
  let batches = 0;
  for (; batches < MOST_BATCHES && (await house().figure("baton_connections")) > 2; batches++) {
    const sent = Promise.all(Array.from({ length: BATCH }, () => writer.send(TEXT)));
    during.push(await latency(stranger));
    await sent;
    most = Math.max(most, (await house().held()).bytes - atFirst.bytes);
  }
  expect(await house().figure("baton_connections"), "who is still there").toBe(2);
  expect(batches, "batches until all were sent away").toBeLessThan(MOST_BATCHES);
  // What the limit allows each to let wait, and what is said in the second until somebody looks.
  expect(most / READERS / 1_048_576, "MB for each").toBeLessThan(4);
  expect(median(during) / median(before), "times as slow").toBeLessThan(100);
  await whoComesBackFindsAll(visitorToken, batches * BATCH);
  for (const raw of readers) raw.end();
  writer.close();
  stranger.close();
}, 120_000);

async function whoComesBackFindsAll(visitorToken: string, count: number): Promise<void> {
  const back = await house().arrive({ visitorToken });
  const snapshot = await back.open();
  expect(snapshot.messages.at(-1)?.seq).toBe(count);
  expect(snapshot.reset).toBe(true);
  back.close();
}

test("whoever asks without reading the answers is sent away like any reader", async () => {
  const raw = await new RawSocket({ port: house().port }).opened();
  await raw.join({ protocol: 1, site: SITE, device: { id: nanoid() } });
  await raw.ask("session:open", {});
  const { data } = (await raw.ask("message:send", { clientId: "c", text: TEXT })) as {
    data: { message: { sessionId: string } };
  };
  raw.socket.pause();
  const question = `42/visitor,5${JSON.stringify(["sync", { sessionId: data.message.sessionId, rev: 0 }])}`;
  const atFirst = await house().held();
  let most = 0;
  for (let asked = 0; asked < 60_000 && (await house().figure("baton_connections")) > 0; asked += 500) {
    for (let i = 0; i < 500; i++) raw.say(question);
    most = Math.max(most, (await house().held()).bytes - atFirst.bytes);
  }
  expect(await house().figure("baton_connections")).toBe(0);
  expect(most / 1_048_576, "MB").toBeLessThan(64);
  raw.end();
}, 120_000);

endsUnharmed(house);
