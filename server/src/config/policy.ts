/** A site's policy: its deadlines and rules, the presets, and the relations between them. Called by siteConfig.ts. */
import type { Policy } from "@baton/shared/visitor/shapes";
import * as z from "zod";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** WCAG 2.2.1: a person gets at least 20 s to say that they are still there. */
const SHORTEST_WARNING_MS = 20 * SECOND;
const LONGEST_MS = 3_650 * DAY;

const range = (min: number): string =>
  `must be whole milliseconds from ${min} to ${LONGEST_MS}. Write a number without quotes`;
const durationMs = (min = 1) => z.int(range(min)).min(min, range(min)).max(LONGEST_MS, range(min));
const warning = `must be at least ${SHORTEST_WARNING_MS} (20 s): WCAG 2.2.1 gives people that long to answer. Write a larger one`;

/** Defaults stand in the presets, not here: which one applies depends on `preset`. */
export const PolicyFile = z.strictObject({
  preset: z
    .enum(["support", "strict", "concierge"])
    .default("support")
    .describe(
      "Where the values left out come from: `strict` offers nothing back and starts fresh, `concierge` waits long.",
    ),
  softExpiryMs: durationMs()
    .optional()
    .describe("Silence after which a session is idle: nothing is lost and it can be continued at once."),
  warnBeforeMs: durationMs(1)
    .min(SHORTEST_WARNING_MS, warning)
    .optional()
    .describe("How long ahead of the soft expiry «Still there?» is asked."),
  hardExpiryMs: durationMs()
    .optional()
    .describe(
      "Silence after which an idle session ends; counted from the same moment. As long as the soft expiry: nothing is offered.",
    ),
  maxDurationMs: durationMs().optional().describe("A session becomes idle so long after it was opened or resumed."),
  primeWindowMs: durationMs(0)
    .optional()
    .describe("So long after its end a returning visitor's new session knows the last one; 0: never."),
  rawRetentionMs: durationMs().optional().describe("So long after its end a session's text is purged."),
  digestRetentionMs: durationMs().optional().describe("So long salient turns outlive the text."),
  startOn: z
    .enum(["message", "open"])
    .optional()
    .describe("What starts a session: the visitor's first message, or opening the panel."),
  oneDevice: z
    .enum(["ask", "newest", "shared"])
    .optional()
    .describe(
      "Which device of a person may write. `ask`: one, and another takes over at a press; `newest`: the one opened last; `shared`: all of them.",
    ),
  turns: z
    .enum(["queue", "interrupt", "reject"])
    .optional()
    .describe("What a message does while the bot answers: wait its turn, stop the answer, or be refused."),
});
type PolicyFile = z.output<typeof PolicyFile>;

/** What is in effect on a site: the wire's Policy and what visitors need not know. */
export type SitePolicy = Policy & {
  readonly preset: PolicyFile["preset"];
  rawRetentionMs: number;
  digestRetentionMs: number;
};

/**
 * Read, validated and told to clients, and nothing more: retention is not served yet. The docs and `baton check` say so
 * from here; a value leaves this list when it takes effect.
 */
export const NOT_IN_EFFECT_YET: ReadonlySet<string> = new Set<keyof SitePolicy>([
  "rawRetentionMs",
  "digestRetentionMs",
  "turns",
]);

const support: SitePolicy = {
  preset: "support",
  softExpiryMs: 30 * MINUTE,
  warnBeforeMs: 2 * MINUTE,
  hardExpiryMs: 2 * HOUR,
  maxDurationMs: 24 * HOUR,
  primeWindowMs: 14 * DAY,
  rawRetentionMs: 30 * DAY,
  digestRetentionMs: 365 * DAY,
  startOn: "message",
  oneDevice: "ask",
  turns: "queue",
};

export const PRESETS: Readonly<Record<PolicyFile["preset"], SitePolicy>> = {
  support,
  /** Ends in the moment it idles, so nobody is ever offered the old session. */
  strict: {
    ...support,
    preset: "strict",
    hardExpiryMs: support.softExpiryMs,
    primeWindowMs: 0,
    digestRetentionMs: 30 * DAY,
  },
  concierge: {
    ...support,
    preset: "concierge",
    softExpiryMs: 4 * HOUR,
    warnBeforeMs: 10 * MINUTE,
    hardExpiryMs: 7 * DAY,
    maxDurationMs: 7 * DAY,
    primeWindowMs: 90 * DAY,
  },
};

/** The policy in effect. With `strict`, the end follows the soft expiry that was written. */
export function effectivePolicy(file: Partial<PolicyFile>): SitePolicy {
  const preset = PRESETS[file.preset ?? "support"];
  const given = Object.fromEntries(Object.entries(file).filter(([, value]) => value !== undefined));
  const policy = { ...preset, ...given };
  if (policy.preset !== "strict" || file.hardExpiryMs !== undefined) return policy;
  return { ...policy, hardExpiryMs: policy.softExpiryMs };
}

type Duration =
  | "warnBeforeMs"
  | "softExpiryMs"
  | "hardExpiryMs"
  | "maxDurationMs"
  | "rawRetentionMs"
  | "digestRetentionMs";
type Relation = { smaller: Duration; larger: Duration; mayEqual?: true };

const RELATIONS: readonly Relation[] = [
  { smaller: "warnBeforeMs", larger: "softExpiryMs" },
  // Equal: what idles ends at once, and nothing is offered.
  { smaller: "softExpiryMs", larger: "hardExpiryMs", mayEqual: true },
  { smaller: "softExpiryMs", larger: "maxDurationMs", mayEqual: true },
  { smaller: "rawRetentionMs", larger: "digestRetentionMs", mayEqual: true },
];

/** Broken relations of a policy, `{ key, problem }` each. `wrong`: keys that are mistakes by themselves and say nothing here. */
export function policyRelations(
  file: Partial<PolicyFile>,
  wrong: ReadonlySet<string>,
): { key: string; problem: string }[] {
  const policy = effectivePolicy(file);
  return RELATIONS.filter(({ smaller, larger, mayEqual }) => {
    if (wrong.has(smaller) || wrong.has(larger)) return false;
    return mayEqual ? policy[smaller] > policy[larger] : policy[smaller] >= policy[larger];
  }).map(({ smaller, larger, mayEqual }) => ({
    key: smaller,
    problem: `${smaller} (${origin(smaller, file)}) must be ${mayEqual ? "at most" : "less than"} ${larger} (${origin(larger, file)}). Lower the first or raise the second.`,
  }));
}

function origin(key: Duration, file: Partial<PolicyFile>): string {
  const value = effectivePolicy(file)[key];
  return file[key] === undefined ? `${value}, from preset ${file.preset ?? "support"}` : String(value);
}

/** What a Snapshot tells the visitor's client. */
export function policyOnWire(policy: SitePolicy): Policy {
  const { preset: _preset, rawRetentionMs: _raw, digestRetentionMs: _digest, ...wire } = policy;
  return wire;
}
