/** How long until the session pauses, and how that is said. Pure. */
import type { ChatState } from "../../chat/chatState.ts";

/** From here on in digits. */
export const LAST_MS = 60_000;
const SPOKEN_MS = [60_000, 30_000, 10_000] as const;

/** Never under 0: whether it has paused is the server's to say. */
export function leftMs({ pausesAt, skewMs }: Pick<ChatState, "pausesAt" | "skewMs">, now: number): number {
  return Math.max(0, (pausesAt ?? 0) - skewMs - now);
}

export function minutes(ms: number): string {
  return unit(Math.ceil(ms / 60_000), "minute");
}

/** What a passing second makes worth saying aloud: the mark that lies between `before` and `after`. */
export function spoken(before: number, after: number): { words: string; urgent: boolean } | null {
  const mark = SPOKEN_MS.findLast((ms) => before > ms && after <= ms);
  return mark === undefined ? null : { words: unit(mark / 1_000, "second"), urgent: mark === 30_000 };
}

function unit(n: number, of: "minute" | "second"): string {
  return new Intl.NumberFormat(undefined, { style: "unit", unit: of, unitDisplay: "long" }).format(n);
}
