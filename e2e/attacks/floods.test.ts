// Whoever pours in more than anybody could mean: the others hardly notice. Latencies are compared with those of the same
// run without a flood; how long the gateway stood still is looked at in the end.
import { nanoid } from "nanoid";
import { afterEach, expect, test } from "vitest";
import { median } from "./figures.ts";
import { SITE } from "./house.ts";
import { frame, RawSocket } from "./rawSocket.ts";
import { endsUnharmed, underAttack } from "./unharmed.ts";

const FLOODERS = 6;
/** Of each flooder, whichever is reached first. */
const BYTES = 4_000_000;
const FRAMES = 5_000;
/**
 * A turn of the event loop serves everybody once: a person waits for about one packet of each flooder, not for all that
 * they have poured in. So many times as long as that sum is generous; reading on as long as there is something is not.
 */
const FAIR = 8;
/** What takes less cannot be told from the machine's own noise. */
const LEAST_MS = 1;

const house = underAttack({ limits: { addressConnectionsPerSecond: 10_000 } });
const open: { end(): void }[] = [];
afterEach(() => {
  for (const one of open.splice(0)) one.end();
});

async function flooder(): Promise<RawSocket> {
  const raw = await new RawSocket({ port: house().port }).opened();
  open.push(raw);
  await raw.join({ protocol: 1, site: SITE, device: { id: nanoid() } });
  await raw.ask("session:open", {});
  return raw;
}

/** How long one of these packets takes when it comes alone. */
async function costOf(text: string, raw: RawSocket): Promise<number> {
  const costs: number[] = [];
  for (let i = 0; i < 5; i++) {
    const asked = performance.now();
    raw.say(text);
    await raw.ask("presence:set", { visible: true });
    costs.push(performance.now() - asked);
  }
  return median(costs);
}

const keys = (count: number) => Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, 1]));
const said = (event: string, payload: unknown) => `42/visitor,5${JSON.stringify([event, payload])}`;

const floods: Record<string, () => string> = {
  "messages, each a new one": () => said("message:send", { clientId: nanoid(), text: "hello" }),
  "one message, again and again": () => said("message:send", { clientId: "the-same", text: "hello" }),
  "bytes that fit no schema": () => said("draft:set", { text: "x".repeat(60_000) }),
  "objects of thousands of keys": () => said("draft:set", keys(6_000)),
  "objects in objects in objects": () => `42/visitor,5["draft:set",${"[".repeat(30_000)}${"]".repeat(30_000)}]`,
  "lists of thousands of files": () =>
    said("message:send", { clientId: "c", text: "x", fileIds: Array.from({ length: 20_000 }, () => 1) }),
  "drafts of nothing but marks on one letter": () => said("draft:set", { text: `a${"\u0345\u0315".repeat(3_800)}` }),
  "drafts of marks that must be sorted": () =>
    said("draft:set", { text: `a${"\u0345".repeat(2_700)}${"\u0315".repeat(2_700)}${"\u0334".repeat(2_300)}` }),
  typing: () => said("typing:set", { typing: Math.random() < 0.5 }),
  openings: () => said("session:open", {}),
  "events nobody knows": () => said(nanoid(), {}),
  "tokens that are none": () => said("auth:refresh", { userToken: "a.b.c" }),
  "acknowledgements nobody waits for": () => '43/visitor,7[{"ok":true}]',
  "packets without a payload": () => "42/visitor,",
};

/** As many as fit: made beforehand, so that sending costs whoever measures nothing. */
function flood(say: () => string): Buffer {
  const frames: Buffer[] = [];
  for (let bytes = 0; bytes < BYTES && frames.length < FRAMES; bytes += frames.at(-1)?.length ?? 0) {
    frames.push(frame(say()));
  }
  return Buffer.concat(frames);
}

test.each(Object.keys(floods))("a flood of %s delays nobody else", async (what) => {
  const ada = await house().arrive();
  open.push({ end: () => ada.close() });
  const crowd = await Promise.all(Array.from({ length: FLOODERS }, flooder));
  const say = floods[what] ?? String;
  const made = crowd.map(() => flood(say));
  const before = await costOf(say(), await flooder());
  const read = crowd.map(async (raw, i) => {
    raw.deafen();
    raw.write(made[i] ?? Buffer.alloc(0));
    await drained(raw);
  });
  let isOver = false;
  const over = Promise.all(read).then(() => {
    isOver = true;
  });
  const during = await latencies(ada, () => isOver);
  await over;
  // Measured on both sides of it: a machine is not always equally fast.
  const alone = Math.max(before, await costOf(say(), await flooder()), LEAST_MS);
  expect(median(during) / (alone * FLOODERS), "times what is fair").toBeLessThan(FAIR);
  expect((await ada.send("said amid the flood")).message.seq).toBe(1);
});

type Person = Awaited<ReturnType<ReturnType<typeof house>["arrive"]>>;

/** How long a person waits for an answer, one question after another: at least five, and on until it is over. */
async function latencies(person: Person, isOver: () => boolean): Promise<number[]> {
  const all: number[] = [];
  while (all.length < 5 || (!isOver() && all.length < 40)) {
    const asked = performance.now();
    await person.raw("presence:set", { visible: true });
    all.push(performance.now() - asked);
  }
  return all;
}

/** Resolves when all of it has left this process, or nobody takes it any more. */
async function drained(raw: RawSocket): Promise<void> {
  if (raw.isClosed || raw.socket.writableLength === 0) return;
  await new Promise<void>((resolve) => {
    raw.socket.once("drain", resolve);
    raw.socket.once("close", () => resolve());
  });
}

endsUnharmed(house);
