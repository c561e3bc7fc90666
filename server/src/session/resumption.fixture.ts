/** Somebody who was away, for tests of coming back. Times count back from NOW. */
import { PRESETS } from "../config/policy.ts";
import { decideResumption } from "./resumption.ts";
import type { LastSession, ResumptionInput } from "./resumptionInput.ts";

export const NOW = Date.parse("2026-03-01T12:00:00.000Z");
export const HOUR = 3_600_000;
export const DAY = 24 * HOUR;
export const WINDOW = 14 * DAY;
export const ada = { kind: "identified", name: "Ada" } as const;
export const visitor = { kind: "visitor" } as const;
export const billing = { words: "billing", confidence: 0.9, sensitive: false };

export const open = (awayMs: number, more: Partial<LastSession> = {}): LastSession => ({
  id: "last",
  threadId: "t1",
  state: "open",
  lastActivityAt: NOW - awayMs,
  mode: "bot",
  unresolved: true,
  ...more,
});
export const idle = (awayMs: number, more: Partial<LastSession> = {}) => open(awayMs, { state: "idle", ...more });
export const ended = (awayMs: number, more: Partial<LastSession> = {}) =>
  open(awayMs + 2 * HOUR, { state: "ended", endedAt: NOW - awayMs, endReason: "timeout", ...more });
export const ofAgent = { mode: "agent", agentId: "ana" } as const;

export function given(last: LastSession | undefined, more: Partial<ResumptionInput> = {}): ResumptionInput {
  return {
    now: NOW,
    ...(last && { last }),
    pendingOperations: [],
    openQuestions: [],
    user: ada,
    memory: true,
    trigger: { kind: "connected" },
    policy: PRESETS.support,
    texts: {},
    ...more,
  };
}
export const decide = (last: LastSession | undefined, more?: Partial<ResumptionInput>) =>
  decideResumption(given(last, more));
