/** Picks a line, a site's own before ours, and fills its slots. */
import { EN } from "./en.ts";
import type { EN_LATER } from "./enLater.ts";

export type Word = keyof typeof EN | keyof typeof EN_LATER;
export type Slots = Readonly<Record<string, string | number>>;
export type Say = (word: Word, slots?: Slots) => string;

const known: Partial<Record<Word, string>> = { ...EN };

/** Words that came with code that was downloaded later. */
export function learnWords(words: typeof EN_LATER): void {
  Object.assign(known, words);
}

export function speaker(texts: Readonly<Record<string, string>> = {}): Say {
  return (word, slots = {}) =>
    String((Object.hasOwn(texts, word) ? texts : known)[word] ?? "").replace(/\{(\w+)\}/g, (slot, name) =>
      String(slots[name] ?? slot),
    );
}
