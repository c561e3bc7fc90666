/** Scenario 2: a page is reloaded three times within ten seconds, each time in another way. It is the same page every time. */
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Snapshot } from "@baton/shared/visitor/shapes";
import type { Visitor } from "../visitor/visitor.ts";
import type { Scenario } from "./stage.ts";

const WITHIN_MS = 10_000;
const DRAFT = "Half a sentence that nobody has sent";

type Opened = (opened: Snapshot) => void;

/** The old page says goodbye before the new one comes. */
async function politely(visitor: Visitor, opened: Opened): Promise<void> {
  await visitor.askPatiently("draft:set", { text: DRAFT });
  visitor.leave();
  opened(await visitor.arrive({ asNewPage: true }));
}

/** The old page dies with a message in flight. */
async function amidSending(visitor: Visitor, opened: Opened): Promise<void> {
  visitor.write("In flight when the page was reloaded.");
  const flushed = visitor.flush();
  await nextTurn();
  visitor.cut();
  await flushed;
  opened(await visitor.arrive({ asNewPage: true }));
  await visitor.settle();
}

/** The new page is there before the gateway knows that the old one is gone. */
async function overlapping(visitor: Visitor, opened: Opened): Promise<void> {
  await visitor.askPatiently("draft:set", { text: DRAFT });
  const old = visitor.takeLine();
  try {
    opened(await visitor.arrive({ asNewPage: true }));
  } finally {
    old?.leave();
  }
}

export const threeRefreshes: Scenario = async (stage) => {
  const visitor = stage.newVisitor(stage.newPerson(), "laptop");
  const { lock } = await visitor.arrive();
  const { sessionId } = await visitor.say("A drill, please ignore. Before the first refresh.");
  const begunAt = performance.now();
  const openings: Snapshot[] = [];
  try {
    for (const refresh of [politely, amidSending, overlapping]) {
      await refresh(visitor, (opened) => openings.push(opened));
    }
    const ms = performance.now() - begunAt;
    stage.found("elapsed", ms < WITHIN_MS, { refreshes: openings.length, ms, withinMs: WITHIN_MS });
  } finally {
    // Also when it could not go on: they say why.
    stage.foundReturns(visitor, { openings, sessionId, epoch: lock.epoch });
  }
  // Amid sending there is none: sending clears it.
  const [first, , last] = openings;
  const lost = [first, last].filter((opened) => opened?.draft?.text !== DRAFT).length;
  stage.found("drafts", lost === 0, { openings: 2, lost });
  await visitor.say("After the last refresh.");
  await stage.foundWords([visitor]);
  return undefined;
};
