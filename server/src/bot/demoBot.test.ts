import type { Message } from "@baton/shared/visitor/shapes";
import { expect, test } from "vitest";
import type { BotEvent } from "./bot.ts";
import { decideAnswer, demoBot } from "./demoBot.ts";
import { CONFIRM, startOrderFlow } from "./orderFlow.ts";

const inFlow = { flow: startOrderFlow().flow };

test.each([
  ["hello", /^Hello!/],
  ["Good morning", /^Hello!/],
  ["Tell me how it works", /stored before it is acknowledged/],
  ["Find my order", /order number/],
  ["borderline", /“borderline”/],
  ["", /I heard this: “”/],
])("«%s» is answered", (said, answer) => {
  expect(decideAnswer([said], {}).text).toMatch(answer);
});

test.each(["Talk to a person", "a HUMAN please", "agent!"])("«%s» asks for a person, also amid a flow", (said) => {
  expect(decideAnswer([said], {})).toMatchObject({ handoff: true, options: ["Back to the bot"] });
  expect(decideAnswer([said], inFlow)).toMatchObject({ handoff: true });
  expect(decideAnswer([said], inFlow)).not.toHaveProperty("flow");
});

test("someone whose address names a person is not put in line for one", () => {
  const flow = { ...startOrderFlow().flow, step: "email", variables: { number: "B-1042" } };
  const answer = decideAnswer(["agent@shop.example"], { flow });
  expect(answer.handoff).toBeUndefined();
  expect(answer.flow?.variables.email).toBe("agent@shop.example");
});

test("back at the bot, the flow is over", () => {
  const answer = decideAnswer(["Back to the bot"], inFlow);
  expect(answer).toMatchObject({ text: expect.stringMatching(/Here I am/), flow: undefined });
  expect("flow" in answer).toBe(true);
});

test("a burst amid a flow answers as many questions as it has answers", () => {
  const answer = decideAnswer(["B-1042", "ada@shop.example"], inFlow);
  expect(answer.flow).toMatchObject({ step: "confirm", variables: { number: "B-1042", email: "ada@shop.example" } });
  expect(decideAnswer(["B-1042", "ada@shop.example", CONFIRM, "thanks"], inFlow)).toMatchObject({
    text: expect.stringMatching(/Order B-1042/),
    flow: undefined,
  });
});

test("a context that nobody understands is no flow", () => {
  expect(decideAnswer(["B-1042"], { flow: { name: "order", step: "gone" } }).text).toMatch(/I heard/);
});

test("several messages without a flow are answered as one", () => {
  expect(decideAnswer(["one", "two"], {}).text).toMatch(/your 2 messages, the last one: “two”/);
});

test("the bot is called back by its button's very words", () => {
  expect(["Back to the bot", " Back to the bot ", "back to the bot?"].map((text) => demoBot.isCalledBy(text))).toEqual([
    true,
    true,
    false,
  ]);
});

const turnOf = (text: string, context: Record<string, unknown> = {}) => ({
  id: "turn",
  attempt: 1,
  session: { id: "s", context },
  user: { id: "ada", verified: false },
  messages: [{ text } as Message],
});

test("an answer comes in pieces that make up its text, then what can be pressed, then what is remembered", async () => {
  const events: BotEvent[] = [];
  const context = { ...inFlow, cart: 3 };
  for await (const event of demoBot.answer(turnOf("B-1042", context), new AbortController().signal)) events.push(event);
  const text = events.flatMap((event) => (event.kind === "text" ? [event.text] : [])).join("");
  expect(text).toBe(decideAnswer(["B-1042"], inFlow).text);
  expect(events.slice(-2)).toMatchObject([
    { kind: "options", options: ["Start over", "Never mind"] },
    { kind: "context", context: { cart: 3, flow: { step: "email" } } },
  ]);
});

test("an answer that is stopped ends at once", async () => {
  const stop = new AbortController();
  const pieces = demoBot.answer(turnOf("hello"), stop.signal)[Symbol.asyncIterator]();
  await pieces.next();
  stop.abort();
  await expect(pieces.next()).rejects.toMatchObject({ name: "AbortError" });
});
