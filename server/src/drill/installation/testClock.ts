/** `POST /__test/clock` of an installation that was started with BATON_TEST_CLOCK=1. */
import * as z from "zod";
import type { TestClock } from "./installation.ts";

const Answer = z.object({ now: z.iso.datetime() });

/** Sixty days of everybody's deadlines may have to take effect. */
const ANSWER_WITHIN_MS = 120_000;

/** Undefined where time cannot be moved, as it is everywhere in production. */
export async function findTestClock(url: string): Promise<TestClock | undefined> {
  const advance = async (advanceMs: number): Promise<number> => {
    const answer = await fetch(`${url}/__test/clock`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ advanceMs }),
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    if (!answer.ok) throw new Error(`the test clock answered ${answer.status}`);
    return Date.parse(Answer.parse(await answer.json()).now);
  };
  try {
    await advance(0);
    return { advance };
  } catch {
    return undefined;
  }
}
