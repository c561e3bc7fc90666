/** Any DeviceLock against the smallest one that can be thought of: whatever happens in whatever order, both say the same. */
import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type MakeDeviceLock, START } from "./deviceLock.contract.ts";
import type { Claimed, DeviceLock, Holding, Lease } from "./deviceLock.ts";

type Model = { now: number; readonly leases: Map<string, Lease> };
type Real = { readonly clock: { time: number }; readonly lock: DeviceLock; userId(name: string): string };
type Command = fc.AsyncCommand<Model, Real>;
type Entry = { user: string; holding: Holding; leaseMs: number };
type Way = "settle" | "renew";

const USERS = ["ada", "bob"];
const MAX_COMMANDS = 60;
/** All together less than the hour after which an implementation may forget: until then nothing may be lost. */
const MAX_STEP_MS = 45_000;

/** @param options `seed` and `path` as a failure printed them run that one again */
export function describeDeviceLockModel(
  name: string,
  make: MakeDeviceLock,
  options: { runs: number; seed?: number; path?: string },
): void {
  const { runs, path, seed = Math.floor(Math.random() * 2 ** 31) } = options;

  async function setUp() {
    const clock = { time: START, now: () => clock.time };
    const run = randomUUID();
    const real: Real = { clock, lock: await make(clock), userId: (user) => `${user}-${run}` };
    return { model: { now: START, leases: new Map<string, Lease>() }, real };
  }

  test(`${name} agrees with the model, seed ${seed}`, { timeout: 120_000 }, async () => {
    const property = fc.asyncProperty(commands(), (cmds) => fc.asyncModelRun(setUp, cmds));
    await fc.assert(property, { numRuns: runs, seed, ...(path !== undefined && { path }) });
  });
}

/** The rules once more, as short as they can be said. */
function claim(model: Model, way: Way, { user, holding, leaseMs }: Entry): Claimed {
  const stored = model.leases.get(user);
  const asked = model.now + leaseMs;
  if (!stored || holding.epoch > stored.epoch) model.leases.set(user, { ...holding, leaseUntil: asked });
  else if (holding.epoch < stored.epoch || holding.deviceId !== stored.deviceId)
    return { kind: "superseded", by: stored };
  else model.leases.set(user, { ...stored, leaseUntil: way === "renew" ? asked : Math.max(asked, stored.leaseUntil) });
  return { kind: "held" };
}

/** Everything is looked at after every command: what a command must not touch is as important as what it changes. */
async function expectSame(model: Model, { lock, userId }: Real): Promise<void> {
  for (const user of USERS) {
    const lease = model.leases.get(user);
    expect(await lock.read(userId(user))).toEqual(lease && lease.leaseUntil > model.now ? lease : undefined);
  }
}

function command(words: string, run: (model: Model, real: Real) => Promise<void> | void): Command {
  return {
    check: () => true,
    toString: () => words,
    async run(model, real) {
      await run(model, real);
      await expectSame(model, real);
    },
  };
}

/** @param twice as when a reply is lost after the work was done: the second answer is the first one */
function settle(entry: Entry, twice: boolean): Command {
  return command(`settle(${told(entry)})${twice ? " twice" : ""}`, async (model, { lock, userId }) => {
    const expected = claim(model, "settle", entry);
    for (const _ of times(twice)) {
      const answer = await lock.settle(userId(entry.user), entry.holding, model.now + entry.leaseMs);
      expect(answer).toEqual(expected);
    }
  });
}

function renew(entries: readonly Entry[], twice: boolean): Command {
  return command(`renew(${entries.map(told).join("; ")})${twice ? " twice" : ""}`, async (model, { lock, userId }) => {
    for (const _ of times(twice)) {
      const expected = entries.map((entry) => claim(model, "renew", entry));
      const asked = entries.map(({ user, holding, leaseMs }) => ({
        userId: userId(user),
        holding,
        leaseUntil: model.now + leaseMs,
      }));
      expect(await lock.renew(asked)).toEqual(expected);
    }
  });
}

function release(user: string, of: Pick<Holding, "deviceId" | "epoch">, twice: boolean): Command {
  const words = `release(${user}, ${of.deviceId}@${of.epoch})${twice ? " twice" : ""}`;
  return command(words, async (model, { lock, userId }) => {
    const stored = model.leases.get(user);
    if (stored?.deviceId === of.deviceId && stored.epoch === of.epoch) {
      model.leases.set(user, { ...stored, leaseUntil: Math.min(stored.leaseUntil, model.now) });
    }
    for (const _ of times(twice)) await lock.release(userId(user), of);
  });
}

function advance(ms: number): Command {
  return command(`advance(${ms})`, (model, { clock }) => {
    model.now += ms;
    clock.time += ms;
  });
}

function commands() {
  const user = fc.constantFrom(...USERS);
  const twice = fc.boolean();
  // Few devices, epochs and round times: what rarely meets finds nothing.
  const of = fc.record({ deviceId: fc.constantFrom("phone", "laptop", "desk"), epoch: fc.integer({ min: 1, max: 6 }) });
  const since = fc.integer({ min: START - 9, max: START });
  const holding = fc
    .record({ of, label: fc.constantFrom("here", "there"), since })
    .map(({ of, ...rest }) => ({ ...of, ...rest }));
  const ms = (max: number) =>
    fc.oneof(fc.constantFrom(0, 1, 9_999, 10_000, 20_000, 30_000), fc.integer({ min: 0, max }));
  const entry = fc.record({ user, holding, leaseMs: ms(60_000) });
  return fc.commands(
    [
      fc.tuple(entry, twice).map((args) => settle(...args)),
      fc.tuple(fc.array(entry, { maxLength: 4 }), twice).map((args) => renew(...args)),
      fc.tuple(user, of, twice).map((args) => release(...args)),
      ms(MAX_STEP_MS).map(advance),
    ],
    { maxCommands: MAX_COMMANDS },
  );
}

function told({ user, holding, leaseMs }: Entry): string {
  return `${user}, ${holding.deviceId}@${holding.epoch}, +${leaseMs}`;
}

function times(twice: boolean): readonly number[] {
  return twice ? [1, 2] : [1];
}
