// Whoever guesses ids learns nothing, not even by the clock: what is somebody else's takes as long as what nobody has.
import type { VisitorCommandName } from "@baton/shared/commands";
import { nanoid } from "nanoid";
import { beforeAll, expect, test } from "vitest";
import { median } from "./figures.ts";
import { API_KEY, NO_LIMITS } from "./house.ts";
import { endsUnharmed, underAttack } from "./unharmed.ts";

const ROUNDS = 120;
/** A row that is found and then withheld would be a second question to the database: twice the time, at least. */
const ALIKE = 1.6;

const house = underAttack({ limits: NO_LIMITS });
type Person = Awaited<ReturnType<ReturnType<typeof house>["arrive"]>>;
let eve: Person;
let ada: Person;
let theirs: { sessionId: string; messageId: string; threadId: string };
beforeAll(async () => {
  ada = await house().arrive();
  eve = await house().arrive();
  await eve.send("mine");
  const { message } = await ada.send("theirs");
  theirs = { sessionId: message.sessionId, messageId: message.id, threadId: message.threadId };
});

type Guess = [VisitorCommandName, (id: string) => object, () => string];
const guesses: Guess[] = [
  ["sync", (sessionId) => ({ sessionId, rev: 0 }), () => theirs.sessionId],
  ["history:page", (sessionId) => ({ sessionId }), () => theirs.sessionId],
  ["session:resume", (sessionId) => ({ sessionId }), () => theirs.sessionId],
  ["receipt:read", (sessionId) => ({ sessionId, seq: 1 }), () => theirs.sessionId],
  ["session:rate", (sessionId) => ({ sessionId, score: 1 }), () => theirs.sessionId],
  ["message:send", (sessionId) => ({ clientId: nanoid(), text: "x", sessionId }), () => theirs.sessionId],
  ["message:send", (threadId) => ({ clientId: nanoid(), text: "x", threadId }), () => theirs.threadId],
  ["message:send", (replyTo) => ({ clientId: nanoid(), text: "x", replyTo }), () => theirs.messageId],
  ["message:edit", (messageId) => ({ messageId, text: "x" }), () => theirs.messageId],
  ["message:delete", (messageId) => ({ messageId }), () => theirs.messageId],
  ["message:feedback", (messageId) => ({ messageId, value: "up" }), () => theirs.messageId],
  ["reply:stop", (messageId) => ({ messageId }), () => theirs.messageId],
];

test.each(guesses)(
  "%s answers for somebody else's id as for nobody's, word for word and as fast",
  async (name, payload, id) => {
    const took: { theirs: number[]; nobodys: number[] } = { theirs: [], nobodys: [] };
    const answers = new Set<string>();
    async function guess(whose: "theirs" | "nobodys", guessed: string): Promise<void> {
      const asked = performance.now();
      const answer = await eve.raw(name, payload(guessed));
      took[whose].push(performance.now() - asked);
      answers.add(JSON.stringify(answer));
    }
    for (let round = 0; round < ROUNDS; round++) {
      // By turns, and each first as often: what the machine does meanwhile it does to both.
      const both = [() => guess("theirs", id()), () => guess("nobodys", nanoid(id().length))];
      for (const one of round % 2 === 0 ? both : both.toReversed()) await one();
    }
    expect([...answers]).toEqual([expect.stringContaining('"code":"not_found"')]);
    const ratio = median(took.theirs) / median(took.nobodys);
    expect(Math.max(ratio, 1 / ratio)).toBeLessThan(ALIKE);
  },
);

test("an API key that is almost right is refused as fast as one that is all wrong", async () => {
  const key = API_KEY;
  const took: Record<string, number[]> = { almost: [], wrong: [] };
  for (let round = 0; round < 60; round++) {
    for (const [what, tried] of [
      ["almost", `${key.slice(0, -1)}X`],
      ["wrong", "x".repeat(key.length)],
    ] as const) {
      const asked = performance.now();
      const answer = await fetch(`${house().url}/v1/sessions/${theirs.sessionId}/transcript`, {
        headers: { authorization: `Bearer ${tried}` },
      });
      await answer.text();
      expect(answer.status).toBe(401);
      took[what]?.push(performance.now() - asked);
    }
  }
  const ratio = median(took.almost ?? []) / median(took.wrong ?? []);
  expect(Math.max(ratio, 1 / ratio)).toBeLessThan(ALIKE);
});

endsUnharmed(house, () => {
  ada.close();
  eve.close();
});
