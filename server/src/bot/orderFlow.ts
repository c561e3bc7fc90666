/**
 * Finding an order: number, e-mail, confirmed. PURE. Its step and variables live in the session's context, so they
 * outlast a refresh and a restart.
 */
import * as z from "zod";

export const OrderFlow = z.object({
  name: z.literal("order"),
  step: z.enum(["number", "email", "confirm"]),
  variables: z.object({ number: z.string().optional(), email: z.string().optional() }),
});
export type OrderFlow = z.infer<typeof OrderFlow>;

/** What to say, what can be pressed, and where the flow stands then; no flow: it is over. */
export type FlowAnswer = { text: string; options: readonly string[]; flow: OrderFlow | undefined };

export const CONFIRM = "Yes, look it up";
export const START_OVER = "Start over";
export const LEAVE = "Never mind";

const NUMBER = /\b([A-Z])[- ]?(\d{4,6})\b/i;
/** Bounded, or a long message without an address takes a tenth of a second. Lengths: RFC 5321, 4.5.3.1. */
const EMAIL = /[^\s@<>]{1,64}@[^\s@<>]{1,250}\.[^\s@<>.]{2,63}/;

export function startOrderFlow(): FlowAnswer {
  return {
    text: "Happy to. What is your order number? It is on your receipt and looks like B-1042.",
    options: [LEAVE],
    flow: { name: "order", step: "number", variables: {} },
  };
}

export function continueOrderFlow(flow: OrderFlow, text: string): FlowAnswer {
  if (text.trim() === LEAVE)
    return { text: "No problem, I have left your order alone. What else can I do?", options: [], flow: undefined };
  if (text.trim() === START_OVER) return startOrderFlow();
  switch (flow.step) {
    case "number":
      return takeNumber(flow, text);
    case "email":
      return takeEmail(flow, text);
    case "confirm":
      return confirm(flow, text);
  }
}

function takeNumber(flow: OrderFlow, text: string): FlowAnswer {
  const found = NUMBER.exec(text);
  if (!found) {
    return {
      text: "That does not look like an order number. It is a letter and four to six digits, such as B-1042.",
      options: [LEAVE],
      flow,
    };
  }
  const number = `${found[1]?.toUpperCase()}-${found[2]}`;
  return {
    text: `Thanks, ${number}. Which e-mail address did you order with?`,
    options: [START_OVER, LEAVE],
    flow: { ...flow, step: "email", variables: { ...flow.variables, number } },
  };
}

function takeEmail(flow: OrderFlow, text: string): FlowAnswer {
  const email = EMAIL.exec(text)?.[0];
  if (!email)
    return { text: "That does not look like an e-mail address. Try again?", options: [START_OVER, LEAVE], flow };
  return {
    text: `Order ${flow.variables.number}, ordered with ${email}. Is that right?`,
    options: [CONFIRM, START_OVER, LEAVE],
    flow: { ...flow, step: "confirm", variables: { ...flow.variables, email } },
  };
}

function confirm(flow: OrderFlow, text: string): FlowAnswer {
  if (!/^(y|yes|yep|sure|ok|right|correct)\b/i.test(text.trim())) {
    return { text: `Shall I look up order ${flow.variables.number}?`, options: [CONFIRM, START_OVER, LEAVE], flow };
  }
  return { text: statusOf(flow.variables.number ?? ""), options: [], flow: undefined };
}

const STATUSES = [
  "was packed this morning and leaves our house today",
  "is on its way and should be with you the day after tomorrow",
  "was delivered and is waiting at your front door",
];

/** The same order always has the same answer. */
function statusOf(number: string): string {
  const digits = [...number].reduce((sum, char) => sum + char.charCodeAt(0), 0);
  return `Found it. Order ${number} ${STATUSES[digits % STATUSES.length]}. Anything else?`;
}
