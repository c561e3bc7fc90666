/** The built-in demo bot: offline, deterministic, streams its answers, runs one guided flow, hands off when asked. */
import { setTimeout as wait } from "node:timers/promises";
import type { Bot, BotEvent, BotTurn } from "./bot.ts";
import { continueOrderFlow, type FlowAnswer, OrderFlow, startOrderFlow } from "./orderFlow.ts";

const FIND_ORDER = "Find my order";
const LONG_ANSWER = "Tell me how it works";
const PERSON = "Talk to a person";
const BACK = "Back to the bot";
const MENU = [FIND_ORDER, LONG_ANSWER, PERSON];

/** Not amid an e-mail address, which is an answer. */
const PERSON_WANTED = /(?<!@\S*)\b(person|human|agent)\b(?!\S*@)/i;

/** What to say and do: everything but the streaming. */
type Answer = { text: string; options?: readonly string[]; flow?: OrderFlow | undefined; handoff?: true };

const HOW_IT_WORKS = [
  "Everything you write is stored before it is acknowledged, so nothing is lost when this process is killed: try it.",
  "Reload this page in the middle of my answer and it goes on where it was.",
  "Open the same page under 127.0.0.1 instead of localhost and it behaves as a second device.",
  "Switch your network off, write, and switch it on again: your messages arrive once and in order.",
  "I am a small demo and know little else. Ask me to find an order, or for a person.",
].join("\n\n");

/** PURE. @param texts what the visitor has said since the last answer */
export function decideAnswer(texts: readonly string[], context: Readonly<Record<string, unknown>>): Answer {
  const said = texts.at(-1)?.trim() ?? "";
  const flow = OrderFlow.safeParse(context.flow);
  if (PERSON_WANTED.test(said)) {
    return {
      text: "I am putting you in line for a person. You can keep writing here: they will see it all.",
      options: [BACK],
      handoff: true,
    };
  }
  if (said === BACK) return { text: "Here I am again. What can I do?", options: MENU, flow: undefined };
  if (flow.success) return goOn(flow.data, texts);
  if (/\border\b/i.test(said)) return startOrderFlow();
  if (/\bhow\b.*\bwork/i.test(said)) return { text: HOW_IT_WORKS };
  if (/^(hi|hello|hey|good (morning|evening|day))\b/i.test(said)) {
    return {
      text: "Hello! I am Baton's demo bot. I can find an order, tell how this chat works, or fetch a person.",
      options: MENU,
    };
  }
  const heard = texts.length > 1 ? `your ${texts.length} messages, the last one` : "this";
  return { text: `I heard ${heard}: “${said}”. I am a small demo bot, so try one of these.`, options: MENU };
}

/** Every waiting message is a step of its own: a burst may answer two questions. */
function goOn(flow: OrderFlow, texts: readonly string[]): FlowAnswer {
  const [first = "", ...rest] = texts;
  const answer = continueOrderFlow(flow, first);
  return answer.flow && rest.length > 0 ? goOn(answer.flow, rest) : answer;
}

const PIECE_EVERY_MS = 25;

/** Words with the space behind them, two at a time. */
function pieces(text: string): string[] {
  return text.match(/\S+\s*(?:\S+\s*)?/g) ?? [];
}

async function* answer(turn: BotTurn, signal: AbortSignal): AsyncGenerator<BotEvent> {
  const decided = decideAnswer(
    turn.messages.map((message) => message.text),
    turn.session.context,
  );
  for (const text of pieces(decided.text)) {
    await wait(PIECE_EVERY_MS, undefined, { signal });
    yield { kind: "text", text };
  }
  if (decided.options?.length) yield { kind: "options", options: decided.options };
  if ("flow" in decided) yield { kind: "context", context: withFlow(turn.session.context, decided.flow) };
  if (decided.handoff) yield { kind: "handoff" };
}

function withFlow(context: Readonly<Record<string, unknown>>, flow: OrderFlow | undefined): Record<string, unknown> {
  const { flow: _before, ...rest } = context;
  return flow ? { ...rest, flow } : rest;
}

export const demoBot: Bot = { name: "Demo bot", isCalledBy: (text) => text.trim() === BACK, answer };
