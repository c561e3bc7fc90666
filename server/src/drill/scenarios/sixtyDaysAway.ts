/**
 * Scenario 4: somebody comes back after sixty days. They are who they were, nothing of then is taken up without being asked,
 * and what was said can still be read. Time is moved by the gateway's test clock; without one it is not tried.
 */
import type { Message, Policy, Snapshot } from "@baton/shared/visitor/shapes";
import type { Need } from "../finding.ts";
import { transcriptOf } from "../visitor/transcript.ts";
import type { Visitor } from "../visitor/visitor.ts";
import type { Scenario, Stage } from "./stage.ts";

const AWAY_MS = 60 * 86_400_000;

type Expiring = Pick<Policy, "primeWindowMs" | "hardExpiryMs">;

export const sixtyDaysAway: Scenario = async (stage): Promise<Need | undefined> => {
  const { clock, hasTokensOfCommand } = stage.installation;
  const person = stage.newPerson();
  const visitor = stage.newVisitor(person, "laptop");
  const { policy, user } = await visitor.arrive();
  if (!clock) return { what: "testClock", ...policy };
  if (hasTokensOfCommand) return { what: "tokenOfThatTime" };
  for (const i of [1, 2, 3]) await visitor.say(`A drill, please ignore. Message ${i}, sixty days ago.`);
  const { sessionId } = visitor.view;
  visitor.leave();
  await clock.advance(AWAY_MS);
  stage.found("clock", true, { movedMs: AWAY_MS });

  const back = await visitor.arrive({ asNewPage: true });
  stage.found("samePerson", back.user.id === user.id, { same: back.user.id === user.id });
  foundResumption(stage, back);
  await foundOldSession(stage, visitor, { sessionId, back });
  if (back.resumption.kind !== "offer") await foundNewSession(stage, visitor, sessionId);
  return undefined;
};

/** PURE. By the policy's own words: an end that has not come yet is offered, a window that is long enough still knows the last one. */
export function expectedKind({ primeWindowMs, hardExpiryMs }: Expiring): "offer" | "primed" | "fresh" {
  if (hardExpiryMs > AWAY_MS) return "offer";
  return AWAY_MS - hardExpiryMs <= primeWindowMs ? "primed" : "fresh";
}

function foundResumption(stage: Stage, { policy, resumption }: Snapshot): void {
  const expected = expectedKind(policy);
  const found = resumption.kind;
  const { primeWindowMs } = policy;
  stage.found("resumption", found === expected, { awayMs: AWAY_MS, primeWindowMs, expected, found });
}

type Returned = { sessionId: string | undefined; back: Snapshot };

async function foundOldSession(stage: Stage, visitor: Visitor, { sessionId, back }: Returned): Promise<void> {
  const { sessions } = await visitor.askPatiently("history:sessions", {});
  const old = sessions.find(({ id }) => id === sessionId);
  const expected = expectedKind(back.policy) === "offer" ? "idle" : "ended";
  stage.found("oldSession", old?.state === expected, { listed: old !== undefined, state: old?.state });
  const transcript = await transcriptOf(visitor);
  const words = visitor.acked.map((sent) =>
    fateOf(
      sent.text,
      transcript.find(({ id }) => id === sent.messageId),
    ),
  );
  const count = (fate: string) => words.filter((one) => one === fate).length;
  const seen = { of: words.length, whole: count("whole"), purged: count("purged"), otherwise: count("otherwise") };
  // All or none: a policy purges a session's raw text as a whole.
  stage.found("oldWords", seen.whole === seen.of || seen.purged === seen.of, seen);
}

function fateOf(text: string, message: Message | undefined): "whole" | "purged" | "otherwise" {
  if (message?.text === text) return "whole";
  return message?.text === "" ? "purged" : "otherwise";
}

async function foundNewSession(stage: Stage, visitor: Visitor, before: string | undefined): Promise<void> {
  const { messageId, sessionId, seq } = await visitor.say("A drill, please ignore. Back after sixty days.");
  const rev = visitor.view.messages.get(messageId)?.rev ?? 0;
  const isNew = sessionId !== before;
  stage.found("newSession", isNew && seq === 1 && rev === 1, { isNew, seq, rev });
}
