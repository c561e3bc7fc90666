/** `baton resume`: what somebody who comes back would find. The same decision as the gateway's, with invented rows. */
import { readConfig } from "../config/config.ts";
import { parseTtlSeconds } from "../config/durationWords.ts";
import { PRESETS, type SitePolicy } from "../config/policy.ts";
import { decideResumption } from "../session/resumption.ts";
import type { LastSession, ResumptionInput, Trigger } from "../session/resumptionInput.ts";
import { applyDue, begun } from "../session/sessionState.ts";
import { CliError } from "./cliError.ts";
import { describeResuming, type Rules } from "./describeResuming.ts";
import { findSite } from "./knownSites.ts";

export type ResumeOptions = {
  away: string;
  memory: boolean;
  identified?: true;
  name?: string;
  openQuestion?: string | true;
  topic?: string;
  confidence?: string;
  sensitive?: true;
  agent?: string | true;
  flow?: string;
  pending?: string;
  state?: LastSession["state"];
  said?: string;
  preset?: SitePolicy["preset"];
  site?: string;
  config?: string;
};
type Env = Record<string, string | undefined>;

export async function tryResuming(options: ResumeOptions, env: Env): Promise<string> {
  const awayMs = awayOf(options.away);
  const rules = await rulesOf(options, env);
  const input = inputOf(options, awayMs, rules);
  return describeResuming({ awayMs, rules, input, decision: decideResumption(input) });
}

function awayOf(text: string): number {
  const ms = (parseTtlSeconds(text) ?? Number.NaN) * 1_000;
  if (Number.isSafeInteger(ms)) return ms;
  throw new CliError(`--away ${text} is no duration. Write for example 45s, 90m, 3h or 14d.`);
}

async function rulesOf({ site: id, config: file, preset }: ResumeOptions, env: Env): Promise<Rules> {
  if (id === undefined && file !== undefined)
    throw new CliError("--config alone does not say whose policy is meant. Add --site.");
  if (id === undefined) {
    const policy = PRESETS[preset ?? "support"];
    return { name: `the preset ${policy.preset}`, policy, texts: {} };
  }
  const config = readConfig(file === undefined ? env : { ...env, BATON_CONFIG: file });
  // Nothing is signed here: no secret is needed, and none is made.
  const { policy, texts } = await findSite(config, id, async () => "");
  return { name: `the site ${id}`, policy, texts };
}

function inputOf(options: ResumeOptions, now: number, { policy, texts }: Rules): ResumptionInput {
  const { identified, name, memory, flow, pending, openQuestion } = options;
  const topic = topicOf(options);
  return {
    now,
    last: lastOf(options, now, policy),
    ...(flow !== undefined && { flow }),
    pendingOperations: pending === undefined ? [] : [pending],
    openQuestions: openQuestion === undefined ? [] : [openQuestion === true ? "an open question" : openQuestion],
    ...(topic && { topic }),
    user: identified ? { kind: "identified", ...(name !== undefined && { name }) } : { kind: "visitor" },
    memory,
    trigger: triggerOf(options.said),
    policy,
    texts,
  };
}

function topicOf({ topic: words, confidence = "0.9", sensitive }: ResumeOptions): ResumptionInput["topic"] {
  const sure = confidence.trim() === "" ? Number.NaN : Number(confidence);
  if (!(sure >= 0 && sure <= 1))
    throw new CliError(`--confidence ${confidence} is no share. Write one from 0 to 1: 0.9.`);
  return words === undefined ? undefined : { words, confidence: sure, sensitive: sensitive === true };
}

function triggerOf(said: string | undefined): Trigger {
  if (said === undefined) return { kind: "connected" };
  return said === "continue" || said === "new" ? { kind: said } : { kind: "message", text: said };
}

/** Left at 0, with the word at the visitor; the state is what the deadlines make of it, unless another one is wanted. */
function lastOf({ state, agent }: ResumeOptions, now: number, policy: SitePolicy): LastSession {
  const reached = applyDue(begun("bot", 0, policy), now, policy).state;
  const phase = reached.phase === "warned" ? "open" : reached.phase;
  const end = reached.phase === "ended" ? reached : { endedAt: 0, reason: "timeout" as const };
  const kept = state ?? phase;
  return {
    id: "last",
    threadId: "thread",
    state: kept,
    lastActivityAt: 0,
    ...(kept === "ended" && { endedAt: end.endedAt, endReason: end.reason }),
    mode: agent === undefined ? "bot" : "agent",
    ...(agent !== undefined && { agentId: agent === true ? "an agent" : agent }),
    unresolved: true,
  };
}
