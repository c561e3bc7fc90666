/**
 * Lives one client after another, several at a time, until so many frames have been sent; beside them somebody talks on.
 * Used by the command line (main.ts) and by fuzz.test.ts.
 */
import { harmsOf } from "../harms.ts";
import { House, NO_LIMITS, SITE } from "../house.ts";
import { type LifeParts, live } from "./life.ts";
import { Prober } from "./prober.ts";

const AT_ONCE = 12;
/** Every client is somebody new: what is remembered of each, in budgets and caches, is bounded, and this is the bound. */
const KEPT_MB = 64;
const SLOW_MS = 30_000;

export type FuzzOptions = {
  frames: number;
  seed: number;
  /** A gateway that runs already; its site `site` lets clients from its own origin in, and its limits are wide. */
  url?: string;
  site?: string;
  /** Lives this one client alone, to see again what it did. */
  only?: number;
};

export type Fuzzed = {
  frames: number;
  answers: number;
  clients: number;
  probes: number;
  seconds: number;
  heldMb?: { before: number; after: number };
  longestStallMs?: number;
  faults: string[];
};

type Tally = { frames: number; answers: number; next: number; clients: number; faults: string[] };

export async function fuzz(options: FuzzOptions): Promise<Fuzzed> {
  const house = options.url === undefined ? await House.open({ limits: NO_LIMITS }) : undefined;
  try {
    return await fuzzAt(house?.url ?? options.url ?? "", house, options);
  } finally {
    await house?.close();
  }
}

async function fuzzAt(url: string, house: House | undefined, options: FuzzOptions): Promise<Fuzzed> {
  const started = performance.now();
  const site = options.site ?? SITE;
  const prober = await Prober.begin(url, site);
  const { seed, only } = options;
  const tally: Tally = { frames: 0, answers: 0, clients: 0, next: only ?? 0, faults: [] };
  const common = { port: Number(new URL(url).port || 80), site, seed, secret: prober.secret };
  const wants = () =>
    tally.faults.length === 0 &&
    !house?.hasEnded &&
    (only === undefined ? tally.frames < options.frames : tally.next === only);
  const hasEnded = () => house?.hasEnded === true;
  const worker = () => liveWhile(wants, { tally, prober, common, hasEnded });
  await Promise.all(Array.from({ length: only === undefined ? AT_ONCE : 1 }, worker));
  prober.speak();
  tally.faults.push(...(await prober.end()));
  const after = house && (await afterwards(house));
  const { frames, answers, clients, faults } = tally;
  const seconds = (performance.now() - started) / 1_000;
  const { harms = [], ...figures } = after ?? {};
  return { frames, answers, clients, probes: prober.count, seconds, ...figures, faults: [...faults, ...harms] };
}

type Common = Omit<LifeParts, "index">;
type Living = { tally: Tally; prober: Prober; common: Common; hasEnded(): boolean };

async function liveWhile(wants: () => boolean, { tally, prober, common, hasEnded }: Living): Promise<void> {
  while (wants()) {
    const index = tally.next;
    tally.next += 1;
    const began = performance.now();
    const { frames, answers, fault, last } = await live({ ...common, index });
    tally.frames += frames;
    tally.answers += answers;
    tally.clients += 1;
    const slow = performance.now() - began > SLOW_MS ? "it took longer than anybody waits" : undefined;
    // One of those who were there has ended it: each can be lived again by itself.
    const wrong = hasEnded() ? "the gateway ended while it was there" : (fault ?? slow);
    if (wrong !== undefined) tally.faults.push(described(wrong, { seed: common.seed, index, last }));
    if (index % 10 === 0) prober.speak();
  }
}

function described(fault: string, { seed, index, last }: { seed: number; index: number; last: string[] }): string {
  return [
    `client ${index}: ${fault}`,
    `  again: npm run fuzz -- --seed ${seed} --only ${index}`,
    `  its last frames (the first two bytes, the payload), the last one last:`,
    ...last.map((frame) => `    ${frame}`),
  ].join("\n");
}

async function afterwards(house: House) {
  const harms = await harmsOf(house, KEPT_MB);
  if (house.hasEnded) return { harms };
  const { bytes } = await house.held();
  const mb = (value: number) => Math.round(value / 1_048_576);
  const longestStallMs = Math.max(0, ...house.stalls.map(({ ownMs }) => ownMs));
  return { harms, heldMb: { before: mb(house.atFirst.bytes), after: mb(bytes) }, longestStallMs };
}
