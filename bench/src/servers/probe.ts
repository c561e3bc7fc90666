/** Loaded into a server's process before the server itself: answers how much memory it holds when its garbage is gone. */
import { setTimeout as sleep } from "node:timers/promises";
import { answerQuestions } from "../questions.ts";

export type Memory = { residentBytes: number; heapBytes: number };
export type ProbeQuestions = { memory: { told: null; answer: Memory } };

/** What was freed is given back to the system a little later, by a thread of its own. */
const GIVE_BACK_MS = 500;

answerQuestions<ProbeQuestions>({
  async memory() {
    for (let i = 0; i < 3; i++) {
      globalThis.gc?.();
      await sleep(GIVE_BACK_MS);
    }
    const { rss, heapUsed, external } = process.memoryUsage();
    return { residentBytes: rss, heapBytes: heapUsed + external };
  },
});
