import { describe, expect, it } from "vitest";
import { at, message, session, told } from "./chatState.fixture.ts";
import { type ChatInput, EMPTY_CHAT } from "./chatState.ts";
import { reduce } from "./reduce.ts";
import { type Bubble, type Line, timeline } from "./timeline.ts";

const lines = (...inputs: ChatInput[]) => timeline(inputs.reduce(reduce, EMPTY_CHAT));
const bubbles = (all: readonly Line[]) => all.filter((line): line is Bubble => line.kind === "bubble");
const opened: ChatInput = { kind: "notice", name: "session:updated", payload: { session: session(), rev: 0 } };
const bot = { kind: "bot", id: "b1" } as const;

describe("the log", () => {
  it("stands in the order things were said, whatever came first, under its day", () => {
    const { settled } = lines(opened, told(message(2)), told(message(1)));
    expect(settled.map((line) => line.key)).toEqual(["day m1", "m1", "m2"]);
  });

  it("groups what one author said in one go, and starts anew after five quiet minutes", () => {
    const said = [0, 1, 2, 9].map((minute, index) => told(message(index + 1, { author: bot, createdAt: at(minute) })));
    const groups = bubbles(lines(opened, ...said).settled).map(({ first, last, gap }) => [first, last, gap]);
    expect(groups).toEqual([
      [true, false, false],
      [false, false, false],
      [false, true, false],
      [true, true, true],
    ]);
  });

  it("keeps a reply that is being written, and what is below it, out of what is read aloud", () => {
    const entry = { clientId: "c9", text: "and?", createdAt: Date.parse(at(9)), state: "waiting" } as const;
    const { settled, unsettled } = lines(
      opened,
      told(message(1)),
      told(message(2, { status: "streaming", text: "" })),
      { kind: "notice", name: "reply:delta", payload: { messageId: "m2", attempt: 1, offset: 0, text: "Hel" } },
      { kind: "outbox", action: { kind: "add", entry } },
    );
    expect(bubbles(settled).map((line) => line.text)).toEqual(["text 1"]);
    expect(bubbles(unsettled).map((line) => line.text)).toEqual(["Hel", "and?"]);
  });

  it("keeps the key of a message while it goes from the outbox into the session", () => {
    const entry = { clientId: "c1", text: "hi", createdAt: Date.parse(at(1)), state: "waiting" } as const;
    const waiting = lines({ kind: "outbox", action: { kind: "add", entry } });
    const sent = lines(opened, told(message(1, { clientId: "c1" })));
    expect(bubbles(waiting.settled)[0]?.key).toBe(bubbles(sent.settled)[0]?.key);
  });

  it("shows only at the newest of one's own that it was sent", () => {
    const own = bubbles(lines(opened, told(message(1)), told(message(2)), told(message(3))).settled);
    expect(own.map((line) => line.latest)).toEqual([false, false, true]);
  });

  it("draws a line where one session ended and the next began", () => {
    const next = { ...session({ id: "s2", openedAt: at(30) }), rev: 0 };
    const { settled } = lines(
      opened,
      told(message(1)),
      { kind: "notice", name: "session:updated", payload: { session: next, rev: 0 } },
      told(message(1, { id: "n1", sessionId: "s2", createdAt: at(31) })),
    );
    expect(settled.map((line) => line.kind)).toEqual(["day", "bubble", "end", "bubble"]);
  });
});
