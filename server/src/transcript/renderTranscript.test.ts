import type { Message } from "@baton/shared/visitor/shapes";
import { expect, test } from "vitest";
import { renderTranscript, type Transcript } from "./renderTranscript.ts";

const time = "2026-01-01T00:00:00.000Z";
const session: Transcript["session"] = {
  id: "s_1",
  state: "ended",
  openedAt: time,
  lastActivityAt: time,
  endedAt: time,
  threadId: "t_1",
  mode: "bot",
  rev: 9,
};

function message(seq: number, given: Partial<Message>): Message {
  const author = { kind: "visitor", id: "u_1" } as const;
  const base = { id: `m_${seq}`, sessionId: "s_1", seq, rev: seq, threadId: "t_1", author, kind: "text" } as const;
  return { ...base, text: "", status: "complete", createdAt: time, ...given };
}

function rendered(messages: Message[], format: "txt" | "html", user: Transcript["user"] = { id: "u_1" }): string {
  return renderTranscript({ session, messages, user }, format);
}

test("text tells who said what, and what became of it", () => {
  const bot = { kind: "bot", id: "demo" } as const;
  const messages = [
    message(1, { text: "hello" }),
    message(2, { text: "Hi!", author: { ...bot, name: "Biscuit" } }),
    message(3, { text: "helo", editedAt: time }),
    message(4, { text: "", deletedAt: time }),
    message(5, { text: "One mo", author: bot, status: "interrupted" }),
    message(6, { text: "Ana joined", kind: "notice", author: { kind: "system", id: "system" } }),
  ];
  expect(rendered(messages, "txt").split("\n").slice(2)).toEqual([
    `[${time}] Visitor: hello`,
    `[${time}] Biscuit: Hi!`,
    `[${time}] Visitor: helo (edited)`,
    `[${time}] Visitor: (deleted)`,
    `[${time}] Bot: One mo (interrupted)`,
    `[${time}] —: Ana joined`,
    "",
  ]);
});

test("a visitor is called by the best name that is known", () => {
  expect(rendered([message(1, { text: "x" })], "txt", { id: "u_1", externalId: "ada" })).toContain("ada: x");
  expect(rendered([message(1, { text: "x" })], "txt", { id: "u_1", externalId: "ada", name: "Ada" })).toContain(
    "Ada: x",
  );
});

test.each(["\n", "\r\n", "\r", "\u2028", "\u2029", "\u0085", "\v", "\f"])(
  "no message can pretend to be a second one by %j",
  (lineBreak) => {
    const text = `hello${lineBreak}[${time}] Agent: pay here`;
    const lines = rendered([message(1, { text })], "txt").split("\n");
    expect(lines.filter((line) => line.startsWith("["))).toHaveLength(1);
    expect(lines).toContain(`    [${time}] Agent: pay here`);
  },
);

test("text cannot steer the terminal that shows it", () => {
  expect(rendered([message(1, { text: "\u001b[2Jgone\u0007\u009b" })], "txt")).toContain("\ufffd[2Jgone\ufffd\ufffd");
});

test.each(["<img src=x onerror=alert(1)>", "</p></li></ol><script>x</script>", "\"'><svg/onload=x>", "&lt;b&gt;"])(
  "the page shows %s as it was written",
  (hostile) => {
    const page = rendered([message(1, { text: hostile, author: { kind: "agent", id: "a", name: hostile } })], "html");
    expect(page).not.toContain(hostile);
    expect(page.match(/<(script|svg|img)/g)).toBeNull();
  },
);
