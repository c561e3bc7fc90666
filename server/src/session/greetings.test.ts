import fc from "fast-check";
import { expect, test } from "vitest";
import { greet, slotWords, suggestions } from "./greetings.ts";

const NEVER_SAID = /\d|second|minute|hour|day|week|month|ago|since|detect|recogni[sz]|noticed|timeout|expired/i;
const KINDS = ["offer", "primed", "primedNeutral"] as const;
const ids = Array.from({ length: 50 }, (_, i) => `session-${i}`);

test.each(KINDS)("%s never says how long, nor that anything was detected", (kind) => {
  for (const id of ids) {
    for (const slots of [{}, { name: "Ada" }, { topic: "billing" }, { name: "Ada", topic: "billing" }]) {
      const words = greet(kind, id, { texts: {}, ...slots });
      expect(words).not.toMatch(NEVER_SAID);
      expect(words).not.toMatch(/[{}|]/);
    }
  }
});

test("one session is always greeted alike, many are not", () => {
  const greetings = ids.map((id) => greet("primed", id, { texts: {} }));
  expect(greetings).toEqual(ids.map((id) => greet("primed", id, { texts: {} })));
  expect(new Set(greetings).size).toBe(2);
});

test("a name takes its comma along", () => {
  const texts = { offerGreeting: "Welcome back{, name}. Continue?" };
  expect(greet("offer", "s", { texts, name: "Ada" })).toBe("Welcome back, Ada. Continue?");
  expect(greet("offer", "s", { texts })).toBe("Welcome back. Continue?");
});

test("a site says it in its own words, and what it leaves empty is said in ours", () => {
  const texts = { primedGreetingTopic: "Willkommen zurück. Weiter mit „{topic}“?", primedGreeting: " | " };
  expect(greet("primed", "s", { texts, topic: "Rechnung" })).toBe("Willkommen zurück. Weiter mit „Rechnung“?");
  expect(greet("primed", "s", { texts })).toBe(greet("primed", "s", { texts: {} }));
  expect(suggestions({ primedSuggestions: "Weiter|Neu|Zu viel" })).toEqual(["Weiter", "Neu"]);
});

test("what fills a slot is never read as a template", () => {
  const texts = { offerGreetingTopic: "{topic} for{, name}" };
  expect(greet("offer", "s", { texts, name: "Ada", topic: "{name} $& {topic}" })).toBe("{name} $& {topic} for, Ada");
});

test("a topic is one line of a sentence's length, or none", () => {
  expect(slotWords("  the \n\u202e bill ")).toBe("the bill");
  for (const words of [undefined, "", " \t", "x".repeat(81)]) expect(slotWords(words)).toBeUndefined();
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(slotWords(text) ?? "").not.toMatch(/[\n\r]|^\s|\s$/);
    }),
  );
});
