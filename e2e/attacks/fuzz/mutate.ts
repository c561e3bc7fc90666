/** PURE. A value that would be taken, made into one that nearly would. */
import type { Random } from "./random.ts";

type Maker = (random: Random) => unknown;

const nested = (random: Random, levels: number): unknown => {
  let value: unknown = null;
  for (let level = 0; level < levels; level++) value = random.chance(0.5) ? [value] : { a: value };
  return value;
};

const HOSTILE: readonly [Maker, ...Maker[]] = [
  () => null,
  () => true,
  () => "",
  () => [],
  () => ({}),
  (random) => random.pick<number>([0, -1, 1.5, 2 ** 31, 2 ** 53 + 2, -(2 ** 53) - 2, 1e308, 5e-324, -0]),
  (random) => random.id(),
  (random) => "x".repeat(random.pick([1, 64, 65, 255, 2_001, 8_000, 8_001, 30_000])),
  (random) => random.pick(["\u0000", "\ud800", "a\udc00b", "\u202e", "\ufeff", "\uffff", "\u001b[2J", "\r\n"]),
  (random) => "\u0301\u0334".repeat(random.pick([1, 16, 2_000, 4_000])),
  (random) => random.pick(["__proto__", "constructor", "toString", "then", "../../x", "';--", "%s", "${x}", "{{7*7}}"]),
  (random) => random.pick(["1e400", "NaN", "-0", "0x10", "2026-01-01T00:00:00Z", "true"]),
  (random) => nested(random, random.pick([2, 20, 200])),
  (random) => Array.from({ length: random.pick([1, 11, 1_000]) }, () => random.below(10)),
  (random) => ({ _placeholder: true, num: random.pick([0, -1, 7, 2 ** 31]) }),
  (random) => JSON.parse(`{"${random.pick(["__proto__", "constructor", "prototype"])}":{"polluted":true}}`),
];

export function hostile(random: Random): unknown {
  return random.pick(HOSTILE)(random);
}

type Holder = Record<string, unknown>;

/** Every object and list in a value, outermost first. */
function holders(value: unknown): Holder[] {
  if (typeof value !== "object" || value === null) return [];
  return [value as Holder, ...Object.values(value).flatMap(holders)];
}

/** As an own key, also where its name is `__proto__`. */
function put(holder: Holder, key: string, value: unknown): void {
  Object.defineProperty(holder, key, { value, enumerable: true, configurable: true, writable: true });
}

type Change = (holder: Holder, random: Random) => void;
type Keys = [string, ...string[]];

function keyOf(holder: Holder, random: Random): string | undefined {
  const keys = Object.keys(holder);
  return keys.length === 0 ? undefined : random.pick(keys as Keys);
}

const STRANGE_KEYS: Keys = ["__proto__", "constructor", "toString", "epoch", "userId", "", "a\u0000", "x".repeat(500)];

const CHANGES: readonly [Change, ...Change[]] = [
  (holder, random) => {
    const key = keyOf(holder, random);
    if (key !== undefined) put(holder, key, hostile(random));
  },
  (holder, random) => {
    const key = keyOf(holder, random);
    if (key !== undefined) delete holder[key];
  },
  (holder, random) => put(holder, random.pick(STRANGE_KEYS), hostile(random)),
  (holder, random) => {
    const key = keyOf(holder, random);
    if (key !== undefined) put(holder, key, [holder[key]]);
  },
  (holder, random) => {
    const [one, other] = [keyOf(holder, random), keyOf(holder, random)];
    if (one !== undefined && other !== undefined) put(holder, one, holder[other]);
  },
  (holder, random) => {
    for (let i = random.pick([10, 100, 1_000]); i > 0; i--) put(holder, `k${i}`, i);
  },
];

/** One to three changes somewhere in it; at times another value altogether. */
export function mutated(value: unknown, random: Random): unknown {
  if (random.chance(0.08)) return hostile(random);
  const copy: unknown = JSON.parse(JSON.stringify(value));
  for (let times = 1 + random.below(3); times > 0; times--) {
    const all = holders(copy);
    if (all.length === 0) return hostile(random);
    random.pick(CHANGES)(random.pick(all as [Holder, ...Holder[]]), random);
  }
  return copy;
}

/** Bytes that have come off worse on their way. */
export function damaged(bytes: Buffer, random: Random): Buffer {
  const copy = Buffer.from(bytes);
  const at = random.below(copy.length + 1);
  switch (random.below(5)) {
    case 0:
      return copy.subarray(0, at);
    case 1:
      return Buffer.concat([copy.subarray(0, at), noise(1 + random.below(8), random), copy.subarray(at)]);
    case 2:
      return Buffer.concat([copy.subarray(0, at), copy.subarray(random.below(copy.length + 1))]);
    case 3:
      return Buffer.concat([copy, copy]);
    default:
      for (let flips = 1 + random.below(4); flips > 0 && copy.length > 0; flips--) {
        const where = random.below(copy.length);
        copy[where] = (copy[where] ?? 0) ^ (1 << random.below(8));
      }
      return copy;
  }
}

export function noise(length: number, random: Random): Buffer {
  return Buffer.from(Array.from({ length }, () => random.below(256)));
}
