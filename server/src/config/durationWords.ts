/** Milliseconds as people say them: «30 min», «14 d». For `baton check` and the generated docs. */
const UNITS = [
  { word: "d", ms: 86_400_000 },
  { word: "h", ms: 3_600_000 },
  { word: "min", ms: 60_000 },
  { word: "s", ms: 1_000 },
];

/** Exact: `90 min`, not «1.5 h»; what fits no unit stays in ms. */
export function durationWords(ms: number): string {
  const unit = UNITS.find((candidate) => ms !== 0 && ms % candidate.ms === 0);
  return unit ? `${ms / unit.ms} ${unit.word}` : `${ms} ms`;
}

const WRITTEN: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 };

/** `1h`, `30m`, `45s`, `7d` as seconds; undefined for anything else. */
export function parseTtlSeconds(text: string): number | undefined {
  const [, amount, unit] = /^([1-9]\d{0,8})([smhd])$/.exec(text) ?? [];
  const each = WRITTEN[unit ?? ""];
  return amount === undefined || each === undefined ? undefined : Number(amount) * each;
}
