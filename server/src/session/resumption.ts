/**
 * What coming back means: whether the session goes on, what a new one knows of the last, and what is said. PURE and
 * complete: docs/sessions.md has the table. Called by way of resumptionRows.ts, and by `baton resume`.
 */
import { greet, slotWords, suggestions } from "./greetings.ts";
import { type Back, backOf, type Course, courseOf, offersNothing } from "./resumptionCourse.ts";
import type { Load, Reason, ResumptionDecision, ResumptionInput, Topic } from "./resumptionInput.ts";

/** A topic is named above this, not at it. */
const SURE = 0.7;

const NOBODY: ResumptionDecision = {
  kind: "none",
  load: [],
  flow: "none",
  operations: "none",
  reasons: ["nobody_known"],
};

export function decideResumption(input: ResumptionInput): ResumptionDecision {
  const back = backOf(input);
  if (!back) return NOBODY;
  const course = courseOf(input, back);
  const { reason, ...way } = course;
  const told = mayRecall(input) && course.kind !== "fresh" ? toldOf(input) : undefined;
  return {
    ...way,
    source: back.wish.kind === "answer" ? back.wish.sessionId : back.last.id,
    gapMs: back.gapMs,
    load: loadOf(input, back, course),
    ...carriedOn(input, back, course),
    ...welcome(input, back, { course, topic: told?.topic }),
    ...(told && { told }),
    reasons: [reason, ...remarks(input, back, course)],
  };
}

/** A cookie is no proof of who sits there: on its strength alone nothing personal is said or handed to a bot. */
function mayRecall({ user, memory }: ResumptionInput): boolean {
  return memory && user.kind === "identified";
}

function loadOf(input: ResumptionInput, { last }: Back, { kind, threadId }: Course): readonly Load[] {
  const isOther = threadId !== undefined && (kind === "primed" || threadId !== last.threadId);
  const thread: readonly Load[] = isOther && mayRecall(input) ? ["thread"] : [];
  if (kind === "restored" || kind === "offer") return ["messages", ...thread];
  if (!mayRecall(input)) return [];
  return kind === "fresh" ? ["recall"] : [...thread, "summary", "facts", "questions"];
}

/** A flow belongs to its session. A side effect is not done by surprise after a pause: it is asked about again. */
function carriedOn(
  { flow, pendingOperations }: ResumptionInput,
  { last }: Back,
  { kind }: Course,
): Pick<ResumptionDecision, "flow" | "operations"> {
  const goesOn = kind === "restored" || kind === "offer";
  const withFlow = goesOn ? (kind === "offer" ? "wait" : "goOn") : "drop";
  const withOperations = goesOn ? (last.state === "open" ? "goOn" : "confirm") : "drop";
  return {
    flow: flow === undefined ? "none" : withFlow,
    operations: pendingOperations.length === 0 ? "none" : withOperations,
  };
}

/** Nothing for who has already spoken, and nothing with `fresh`: there the widget's own welcome is neutral enough. */
function welcome(
  input: ResumptionInput,
  { last }: Back,
  { course, topic }: { course: Course; topic: string | undefined },
): Pick<ResumptionDecision, "greeting" | "suggestions"> {
  const { trigger, user, texts } = input;
  if (trigger.kind !== "connected") return {};
  if (course.kind === "offer") {
    const name = user.kind === "identified" ? slotWords(user.name) : undefined;
    return { greeting: greet("offer", last.id, { texts, name, topic }) };
  }
  if (course.kind !== "primed") return {};
  if (!mayRecall(input)) return { greeting: greet("primedNeutral", last.id, { texts }) };
  return { greeting: greet("primed", last.id, { texts, topic }), suggestions: suggestions(texts) };
}

/** Somebody may look over the shoulder: of a sensitive matter nothing stands on the screen until they speak of it. */
function toldOf({ topic, summary, openQuestions }: ResumptionInput): ResumptionDecision["told"] {
  if (topic?.sensitive) return undefined;
  const words = isSure(topic) ? slotWords(topic.words) : undefined;
  return {
    ...(words !== undefined && { topic: words }),
    ...(summary !== undefined && { summary }),
    openQuestions,
  };
}

function isSure(topic: Topic | undefined): topic is Topic {
  return topic !== undefined && topic.confidence > SURE;
}

/** What else had a part in it. */
function remarks(input: ResumptionInput, { clockSetBack }: Back, { kind }: Course): Reason[] {
  const { last, topic, memory, user, policy } = input;
  const named = (kind === "primed" || kind === "offer") && mayRecall(input) ? topic : undefined;
  const checks: readonly (readonly [Reason, boolean])[] = [
    ["offers_nothing", last?.state === "idle" && offersNothing(policy)],
    ["memory_off", !memory],
    ["not_verified", user.kind === "visitor"],
    ["topic_sensitive", named?.sensitive === true],
    ["topic_unsure", named !== undefined && !named.sensitive && !isSure(named)],
    ["clock_set_back", clockSetBack],
  ];
  return checks.filter(([, holds]) => holds).map(([reason]) => reason);
}
