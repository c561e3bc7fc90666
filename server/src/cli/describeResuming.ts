/** PURE. A decision about coming back as people read it: what happens, and why. */
import { durationWords } from "../config/durationWords.ts";
import type { SitePolicy } from "../config/policy.ts";
import type { ResumptionDecision, ResumptionInput } from "../session/resumptionInput.ts";
import { FLOWS, KINDS, LOADS, OPERATIONS, REASONS } from "./resumingWords.ts";

/** Whose rules apply, and what they are called. */
export type Rules = { readonly name: string; readonly policy: SitePolicy; readonly texts: ResumptionInput["texts"] };
type Given = {
  readonly awayMs: number;
  readonly rules: Rules;
  readonly input: ResumptionInput;
  readonly decision: ResumptionDecision;
};

const STATES = { open: "is still open", idle: "is idle", ended: "has ended" } as const;

export function describeResuming(given: Given): string {
  const { awayMs, rules, input, decision } = given;
  return [
    rulesWords(rules),
    `Away for ${durationWords(awayMs)}: the last session ${STATES[input.last?.state ?? "ended"]}.`,
    "",
    `${decision.kind}: ${KINDS[decision.kind]}.`,
    ...consequences(given).map(([what, words]) => `  ${`${what}:`.padEnd(16)}${words}`),
    "",
    "Why:",
    ...decision.reasons.map((reason) => `  ${REASONS[reason]} (${reason})`),
  ].join("\n");
}

function rulesWords({ name, policy: { softExpiryMs, hardExpiryMs } }: Rules): string {
  const hard = durationWords(hardExpiryMs);
  if (hardExpiryMs <= softExpiryMs)
    return `By ${name} a session ends after ${hard} of silence, and nothing is offered.`;
  return `By ${name} a session is idle after ${durationWords(softExpiryMs)} of silence and ends after ${hard}.`;
}

/** Only what there is to say. */
function consequences({ decision, input }: Given): (readonly [string, string])[] {
  const { greeting, suggestions = [], load, told, threadId, agentId, flow, operations } = decision;
  const lines: readonly (readonly [string, string | undefined])[] = [
    ["They read", greeting && `«${greeting}»`],
    ["Quick replies", suggestions.map((text) => `«${text}»`).join(", ")],
    ["Bot is given", load.map((part) => LOADS[part]).join(", ") || "nothing of before"],
    ["May be told", told && toldWords(told)],
    ["Thread", threadId === undefined ? "a new one" : "goes on"],
    ["Agent", agentId && `${agentId} keeps the case`],
    ["Guided flow", flow === "none" ? undefined : `${input.flow} ${FLOWS[flow]}`],
    [
      "Side effect",
      operations === "none" ? undefined : `${input.pendingOperations.join(", ")} ${OPERATIONS[operations]}`,
    ],
  ];
  return lines.flatMap(([what, words]) => (words ? [[what, words] as const] : []));
}

function toldWords({ topic, openQuestions }: NonNullable<ResumptionDecision["told"]>): string {
  const parts = [...(topic === undefined ? [] : [`the topic «${topic}»`]), ...openQuestions.map((text) => `«${text}»`)];
  return parts.join(", ");
}
