import type { Message } from "@baton/shared/visitor/shapes";
import { expect, test } from "vitest";
import { faultsOf } from "./judge.ts";
import type { Acked } from "./sender.ts";

function message(seq: number, author: Message["author"]["kind"], text: string, clientId?: string): Message {
  return {
    id: `m${seq}`,
    sessionId: "s",
    seq,
    rev: seq,
    threadId: "t",
    ...(clientId !== undefined && { clientId }),
    author: { kind: author, id: author },
    kind: "text",
    text,
    status: "complete",
    createdAt: "2026-01-01T00:00:00.000Z",
  };
}

const own = (seq: number, count: number) => message(seq, "visitor", `p1 ${count}`, `p1-${count}`);
const ack = (seq: number, count: number): Acked => ({
  clientId: `p1-${count}`,
  text: `p1 ${count}`,
  seq,
  messageId: `m${seq}`,
});

/** Two words, a bot's answer, and a third whose acknowledgement was lost. */
const sound = [own(1, 0), own(2, 1), message(3, "bot", "hello"), own(4, 2)];
const acked = [ack(1, 0), ack(2, 1)];

test.each([
  ["what was said", acked, sound],
  ["nothing", [], []],
  ["words that were never acknowledged", [], [own(1, 0), own(2, 5)]],
] as const)("%s is well", (_, sent, transcript) => {
  expect(faultsOf("p1", sent, transcript)).toEqual([]);
});

test.each<[string, Message[], RegExp]>([
  ["a word that was lost at the end", sound.slice(0, 1), /lost p1-1, acknowledged at seq 2/],
  ["everything lost", [], /lost p1-0/],
  ["a word that was lost amid others", [own(1, 0), own(2, 2)], /lost p1-1/],
  [
    "a word that moved",
    [own(1, 0), message(2, "bot", "hello"), own(3, 1)],
    /p1-1 was acknowledged at seq 2 and is at 3/,
  ],
  ["other words under the same key", [own(1, 0), message(2, "visitor", "p1 1!", "p1-1")], /p1-1 says something else/],
  ["a word twice", [...sound, message(5, "visitor", "p1 2", "p1-2")], /p1-2 is there twice/],
  ["a hole", [...sound, own(6, 3)], /seq 6 at place 5/],
  ["a place taken twice", [...sound, message(4, "bot", "me too")], /seq 4 at place 5/],
  ["a beginning that is missing", [own(2, 1), message(3, "bot", "hello")], /seq 2 at place 1/],
  ["later words before earlier ones", [...sound, own(5, 4), own(6, 3)], /3 comes after 4/],
  ["a word that nobody counted", [...sound, message(5, "visitor", "p1 what", "p1-x")], /NaN comes after 2/],
  ["another person's word", [...sound, message(5, "visitor", "p2 7", "p2-7")], /p2-7 is not p1's/],
])("%s is found", (_, transcript, words) => {
  expect(faultsOf("p1", acked, transcript).join("\n")).toMatch(words);
});
