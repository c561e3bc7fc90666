import { afterEach, beforeEach, expect, test } from "vitest";
import { GatewayProcess, gatewayHome } from "../gatewayProcess.ts";
import { faultsOf } from "./judge.ts";
import { Sender } from "./sender.ts";

const PEOPLE = 20;
const EACH = 10;
const CYCLES = 20;

/** No bot: what is counted here are the people's own messages. */
const config = (port: number) => ({
  sites: [
    {
      id: "demo",
      origins: [`http://127.0.0.1:${port}`],
      secrets: ["a-secret-of-the-tests-32-characters"],
      bot: { kind: "none" },
    },
  ],
  limits: {
    userMessageBurst: 100_000,
    connectionCommandBurst: 100_000,
    addressConnectionsPerSecond: 10_000,
    userConnectionsPerMinute: 10_000,
  },
});

let home: Awaited<ReturnType<typeof gatewayHome>>;
let gateway: GatewayProcess;
let people: Sender[];

beforeEach(async () => {
  home = await gatewayHome(config);
  gateway = new GatewayProcess(home);
  await gateway.start();
  people = Array.from({ length: PEOPLE }, (_, i) => new Sender(home.url, i));
});

afterEach(async () => {
  for (const person of people) person.close();
  await gateway.stop();
  home.remove();
});

const everyone = (what: (person: Sender) => Promise<void>) => Promise.all(people.map(what));

/** 200 sends in flight; `strike` comes when `after` of them have been acknowledged. */
async function sendAndStrike(after: number, strike: () => Promise<void>): Promise<void> {
  let acks = 0;
  let struck: Promise<void> | undefined;
  for (const person of people) for (let i = 0; i < EACH; i++) person.write();
  const onAck = () => {
    acks += 1;
    if (acks >= after) struck ??= strike();
  };
  const flushed = everyone((person) => person.flush(onAck));
  if (after === 0) struck = strike();
  await flushed;
  await (struck ?? strike());
}

async function expectNothingLost(): Promise<void> {
  const faults = await Promise.all(
    people.map(async (person) => {
      await person.settle();
      return faultsOf(person.name, person.acked, await person.transcript());
    }),
  );
  expect(faults.flat()).toEqual([]);
}

test("nobody loses or doubles a word when the gateway is killed amid 200 sends, 20 times on one data folder", async () => {
  await everyone((person) => person.connect());
  for (let cycle = 0; cycle < CYCLES; cycle++) {
    // Spread over the whole flight: before the first ack, in the middle, at the last.
    await sendAndStrike(Math.round((cycle / (CYCLES - 1)) * PEOPLE * EACH * 0.9), () => gateway.kill());
    await gateway.start();
    await everyone((person) => person.connect());
    await everyone((person) => person.settle());
  }
  await expectNothingLost();
  expect(people.reduce((sum, person) => sum + person.acked.length, 0)).toBe(PEOPLE * EACH * CYCLES);
}, 300_000);

test("a killed Postgres is started again by itself, and every send is acknowledged or refused to be sent again", async () => {
  await everyone((person) => person.connect());
  for (let cycle = 0; cycle < 5; cycle++) {
    await sendAndStrike(cycle * 40, () => gateway.killPostgres());
    await everyone((person) => person.settle());
  }
  await expectNothingLost();
}, 120_000);

test("gateway and Postgres killed together: the folder opens, and nothing acknowledged is missing", async () => {
  await everyone((person) => person.connect());
  for (let cycle = 0; cycle < 5; cycle++) {
    await sendAndStrike(20 + cycle * 30, async () => {
      await gateway.killPostgres();
      await gateway.kill();
    });
    await gateway.start();
    await everyone((person) => person.connect());
    await everyone((person) => person.settle());
  }
  await expectNothingLost();
}, 120_000);
