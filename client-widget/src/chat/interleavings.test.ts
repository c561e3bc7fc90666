import fc from "fast-check";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { Mood } from "../connection/madeUpGateway.fixture.ts";
import { type Happening, World } from "./weaving.fixture.ts";

const wire = vi.hoisted(() => ({ dial: (): unknown => undefined }));
vi.mock("socket.io-client", () => ({
  Manager: class {
    socket() {
      return wire.dial();
    }
  },
}));

const tab = fc.nat(1);
const inTab = <K extends Happening["kind"]>(kind: K) => fc.record({ kind: fc.constant(kind), tab });
const coming: fc.WeightedArbitrary<Happening>[] = [
  { weight: 5, arbitrary: inTab("write") },
  { weight: 1, arbitrary: inTab("tryNow") },
  { weight: 1, arbitrary: inTab("reload") },
  { weight: 1, arbitrary: inTab("goAway") },
  { weight: 1, arbitrary: inTab("comeBack") },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("seen"), tab, visible: fc.boolean() }) },
  { weight: 4, arbitrary: fc.constant({ kind: "timer" }) },
  { weight: 2, arbitrary: fc.constant({ kind: "cut" }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("network"), up: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("closing"), afterMs: fc.constantFrom(undefined, 5_000) }) },
];
const talking: fc.WeightedArbitrary<Happening>[] = [
  { weight: 1, arbitrary: inTab("type") },
  { weight: 1, arbitrary: inTab("slept") },
  { weight: 5, arbitrary: fc.record({ kind: fc.constant("reply"), unheard: fc.boolean() }) },
];
const refuses = fc.record({ kind: fc.constant("refuses"), retryAfterMs: fc.constantFrom(undefined, 3_000) });
const moods: fc.WeightedArbitrary<Mood>[] = [
  { weight: 3, arbitrary: fc.constant({ kind: "well" }) },
  { weight: 1, arbitrary: fc.constantFrom<Mood>({ kind: "deaf" }, { kind: "mute" }, { kind: "gone" }) },
  { weight: 1, arbitrary: refuses },
];
const talks: fc.WeightedArbitrary<Mood> = { weight: 1, arbitrary: fc.constant({ kind: "talks" }) };

const then = fc.oneof({ weight: 3, arbitrary: fc.nat(6) }, { weight: 1, arbitrary: fc.constant(40) });
/** `size`: long ones as often as short ones. */
const draws = (happening: typeof coming, mood: typeof moods) =>
  fc.record({
    tabs: fc.integer({ min: 1, max: 2 }),
    chance: fc.constantFrom(0, 0.5, 0.99),
    moods: fc.array(fc.oneof(...mood), { maxLength: 30, size: "max" }),
    story: fc.array(fc.record({ it: fc.oneof(...happening), then }), { minLength: 1, maxLength: 25, size: "max" }),
  });

const everything = draws([...coming, ...talking], [...moods, talks]);

async function inWorld(
  drawn: ConstructorParameters<typeof World>[0],
  run: (world: World) => Promise<void>,
): Promise<void> {
  vi.useFakeTimers({ now: 1_000_000, toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date"] });
  const world = new World(drawn);
  wire.dial = () => world.gateway.dial();
  await run(world);
  expect(world.gateway.faults).toEqual([]);
  expect(world.endless).toBe(false);
}

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("whatever comes first of all that is under way", () => {
  it("each word is kept once and in its order, and in the end every tab shows what the gateway keeps", async () => {
    const one = fc.asyncProperty(fc.scheduler(), everything, (scheduler, { story, ...rest }) =>
      inWorld({ scheduler, ...rest }, async (world) => {
        await world.live(story);
        await world.mend();
        for (const { wrote, kept } of world.words()) expect(kept).toEqual(wrote);
        const whole = { line: "up", outbox: [], shown: world.gateway.kept };
        for (const shows of world.shows()) expect(shows).toEqual(whole);
        expect(world.storage.kept.size).toBe(0);
      }),
    );
    await fc.assert(one, { numRuns: 300 });
  }, 60_000);

  it("a page that goes leaves no timer and no link behind, and does not come back by itself", async () => {
    const one = fc.asyncProperty(fc.scheduler(), everything, (scheduler, { story, ...rest }) =>
      inWorld({ scheduler, ...rest }, async (world) => {
        await world.live(story);
        await world.leave();
        expect({ timers: vi.getTimerCount(), links: world.gateway.lines }).toEqual({ timers: 0, links: [] });
        await world.rest();
        expect(world.gateway.lines).toEqual([]);
      }),
    );
    await fc.assert(one, { numRuns: 300 });
  }, 60_000);
});
