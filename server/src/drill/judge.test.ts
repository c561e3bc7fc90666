import type { Message } from "@baton/shared/visitor/shapes";
import { describe, expect, test } from "vitest";
import { type Acked, judgeTranscript, judgeView } from "./judge.ts";
import { NOTHING, withMessage } from "./visitor/view.ts";

const AT = "2026-01-01T00:00:00.000Z";

function message(seq: number, text: string, more: Partial<Message> = {}): Message {
  const author = { kind: "visitor", id: "ada" } as const;
  const clientId = `key of ${text}`;
  const place = { id: `id of ${seq}`, sessionId: "s", threadId: "t", seq, rev: seq };
  return { ...place, clientId, author, kind: "text", text, status: "complete", createdAt: AT, ...more };
}

function acked({ id, clientId = "", text, seq, sessionId }: Message): Acked {
  return { clientId, text, seq, sessionId, messageId: id, wasPutOff: false };
}

const one = message(1, "one");
const two = message(2, "two");
const three = message(3, "three");
const reply = message(2, "I heard this", { author: { kind: "bot", id: "bot" }, clientId: undefined });
const books = { acked: [[acked(one), acked(two)]], refused: [], transcript: [one, two] };

describe("a transcript", () => {
  test("is all right when it is what was acknowledged, with what others said in between", () => {
    expect(judgeTranscript(books)).toEqual([]);
    const after = message(3, "two");
    const mixed = { ...books, acked: [[acked(one), acked(after)]], transcript: [one, reply, after] };
    expect(judgeTranscript(mixed)).toEqual([]);
  });

  test("of two sessions begins at place 1 in each", () => {
    const later = message(1, "later", { sessionId: "s2" });
    expect(judgeTranscript({ ...books, acked: [[acked(one)], [acked(later)]], transcript: [one, later] })).toEqual([]);
  });

  test("has lost what was acknowledged and is not there, also when it went into another session", () => {
    expect(judgeTranscript({ ...books, transcript: [one] })).toEqual([{ kind: "lost", text: "two", seq: 2 }]);
    const astray = message(1, "two", { sessionId: "s2" });
    expect(judgeTranscript({ ...books, transcript: [one, astray] })).toEqual([{ kind: "lost", text: "two", seq: 2 }]);
  });

  test("has moved what is at another place than was acknowledged", () => {
    const moved = message(3, "two");
    expect(judgeTranscript({ ...books, transcript: [one, reply, moved] })).toEqual([
      { kind: "moved", text: "two", seq: 2, foundAt: 3 },
    ]);
  });

  test("has altered what reads otherwise", () => {
    const altered = { ...two, text: "zwei" };
    expect(judgeTranscript({ ...books, transcript: [one, altered] })).toEqual([
      { kind: "altered", text: "two", found: "zwei" },
    ]);
  });

  test("has doubled what is there twice, with its key or without", () => {
    const again = { ...two, id: "again", seq: 3, rev: 3 };
    expect(judgeTranscript({ ...books, transcript: [one, two, again] })).toEqual([{ kind: "doubled", text: "two" }]);
    const keyless = { ...again, clientId: undefined };
    expect(judgeTranscript({ ...books, transcript: [one, two, keyless] })).toContainEqual({
      kind: "doubled",
      text: "two",
    });
  });

  test("must not hold what was refused", () => {
    const refused = [{ clientId: "key of three", text: "three" }];
    expect(judgeTranscript({ ...books, refused })).toEqual([]);
    expect(judgeTranscript({ ...books, refused, transcript: [one, two, three] })).toEqual([
      { kind: "kept", text: "three" },
    ]);
  });

  test("must not hold what nobody of us has written", () => {
    expect(judgeTranscript({ ...books, transcript: [one, two, three] })).toEqual([{ kind: "foreign", text: "three" }]);
  });

  test("has a hole where a place is missing, and one only", () => {
    const [fourth, fifth] = [message(4, "three"), message(5, "four")];
    const transcript = [one, two, fourth, fifth];
    expect(judgeTranscript({ acked: [transcript.map(acked)], refused: [], transcript })).toEqual([
      { kind: "hole", sessionId: "s", place: 3, seq: 4 },
    ]);
  });

  test("is out of order where one device's later message stands before its earlier one; of two devices none is later", () => {
    expect(judgeTranscript({ ...books, acked: [[acked(two), acked(one)]] })).toEqual([
      { kind: "disorder", text: "one", before: "two" },
    ]);
    expect(judgeTranscript({ ...books, acked: [[acked(two)], [acked(one)]] })).toEqual([]);
    const late = { ...acked(two), wasPutOff: true };
    expect(judgeTranscript({ ...books, acked: [[late, acked(one)]] })).toEqual([]);
  });
});

describe("a page", () => {
  const shown = [one, two].reduce((view, each) => withMessage(view, each, each.rev), NOTHING);

  test("is all right when it shows what is stored, as far as it has come", () => {
    expect(judgeView(shown, [one, two])).toEqual([]);
    expect(judgeView(shown, [one, two, three])).toEqual([]);
  });

  test("misses what is stored below its revision", () => {
    const silent = { ...shown, messages: new Map([[one.id, one]]) };
    expect(judgeView(silent, [one, two])).toEqual([{ kind: "missing", text: "two" }]);
  });

  test("is stale where it shows an older form, and invents what is stored nowhere", () => {
    const edited = { ...one, text: "one, edited", rev: 3 };
    const view = withMessage(shown, three, 3);
    expect(judgeView(view, [edited, two])).toEqual([
      { kind: "stale", text: "one, edited" },
      { kind: "invented", text: "three" },
    ]);
  });

  test("may be behind with a reply that is still being written", () => {
    const begun = { ...reply, status: "streaming" as const, text: "I" };
    const view = withMessage(withMessage(NOTHING, one, 1), begun, 2);
    expect(judgeView(view, [one, { ...begun, text: "I heard" }])).toEqual([]);
  });
});
