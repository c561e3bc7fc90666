/**
 * The words a returning visitor is met with. PURE. They never name a duration and never say that something was detected:
 * people want to be known, not watched. Called by resumption.ts and resumptionCourse.ts.
 */

/**
 * English source. A site says them differently in its `texts`, by key; `|` stands between templates. `{, name}` is left
 * out with its comma where no name is known. Those of a new session have none: the panel shows it above.
 */
const EN = {
  offerGreeting:
    "Welcome back{, name}. Continue your chat, or start new?|Good to see you again{, name}. Continue, or start new?",
  offerGreetingTopic:
    "Welcome back{, name}. Continue your chat about “{topic}”, or start new?|Good to see you again{, name}. Continue with “{topic}”, or start new?",
  primedGreeting:
    "Welcome back. Shall we pick up where we left off, or is it something new?|Good to see you again. Go on from last time, or something new?",
  primedGreetingTopic:
    "Welcome back. Last time it was about “{topic}”. Shall we pick it up?|Good to see you again. Shall we go on with “{topic}”?",
  primedGreetingNeutral: "Welcome back. How can we help?|Good to see you again. What can we do for you?",
  primedSuggestions: "Pick it up|Something new",
} as const;

type Texts = Readonly<Record<string, string>>;
type Slots = { readonly name?: string | undefined; readonly topic?: string | undefined };
/** Longer is no topic but a text, and tears the sentence apart. */
const LONGEST_TOPIC = 80;

function templates(texts: Texts, key: keyof typeof EN): readonly string[] {
  const own = (texts[key] ?? "").split("|").filter((text) => text.trim() !== "");
  return own.length > 0 ? own : EN[key].split("|");
}

/** Two of them: going on, and something new. */
export function suggestions(texts: Texts): readonly string[] {
  return templates(texts, "primedSuggestions").slice(0, 2);
}

/** @param sessionId chooses the template, so that a refresh does not greet anew with other words */
export function greet(
  kind: "offer" | "primed" | "primedNeutral",
  sessionId: string,
  { texts, ...slots }: Slots & { texts: Texts },
): string {
  const all = templates(texts, keyOf(kind, slots));
  const template = all[hash(sessionId) % all.length] ?? "";
  // In one pass: what fills a slot is never read as a template itself.
  return template.replaceAll(/\{([^{}\p{L}]*)(name|topic)\}/gu, (_slot, before: string, slot: "name" | "topic") => {
    const value = slots[slot];
    return value === undefined ? "" : before + value;
  });
}

function keyOf(kind: "offer" | "primed" | "primedNeutral", { topic }: Slots): keyof typeof EN {
  if (kind === "primedNeutral") return "primedGreetingNeutral";
  return topic === undefined ? `${kind}Greeting` : `${kind}GreetingTopic`;
}

/** On one line, without control characters; undefined for what is empty or too long. */
export function slotWords(words: string | undefined): string | undefined {
  const line = (words ?? "").replaceAll(/[\s\p{C}]+/gu, " ").trim();
  return line === "" || line.length > LONGEST_TOPIC ? undefined : line;
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}
