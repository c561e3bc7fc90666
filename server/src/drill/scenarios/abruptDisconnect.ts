/** Scenario 1: the line is cut amid sending, again and again. Nothing is lost, nothing is doubled, nobody is asked anything. */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Snapshot } from "@baton/shared/visitor/shapes";
import type { Visitor } from "../visitor/visitor.ts";
import type { Scenario } from "./stage.ts";

/** After how many answers each cut comes: none means that all of its messages are in flight. */
const CUTS_AFTER_ACKS = [0, 1, 2, 0, 1];
const EACH = 3;

export const abruptDisconnect: Scenario = async (stage) => {
  const visitor = stage.newVisitor(stage.newPerson(), "laptop");
  const { lock } = await visitor.arrive();
  const { sessionId } = await visitor.say("A drill, please ignore. Before the first cut.");
  const openings: Snapshot[] = [];
  let slowestMs = 0;
  try {
    for (const [i, acks] of CUTS_AFTER_ACKS.entries()) {
      for (let j = 0; j < EACH; j++) visitor.write(`Cut ${i + 1}, message ${j + 1}.`);
      await cutAmidSending(visitor, acks);
      const cutAt = performance.now();
      openings.push(await visitor.arrive());
      slowestMs = Math.max(slowestMs, performance.now() - cutAt);
      await visitor.settle();
    }
  } finally {
    // Also when it could not go on: they say why.
    stage.foundReturns(visitor, { openings, sessionId, epoch: lock.epoch });
  }
  await stage.foundWords([visitor]);
  stage.found("comingBack", true, { slowestMs });
  return undefined;
};

async function cutAmidSending(visitor: Visitor, acks: number): Promise<void> {
  let answered = 0;
  const flushed = visitor.flush(() => {
    answered += 1;
    if (answered === acks) visitor.cut();
  });
  if (acks === 0) {
    // What was written has left for the network, and no answer can have come.
    await nextTurn();
    visitor.cut();
  }
  await flushed;
}
