/** Picks a line, a site's own before ours, and fills its slots. */
import { EN, type Word } from "./en.ts";

export type Slots = Readonly<Record<string, string | number>>;
export type Say = (word: Word, slots?: Slots) => string;

export function speaker(texts: Readonly<Record<string, string>> = {}): Say {
  return (word, slots = {}) =>
    (Object.hasOwn(texts, word) ? String(texts[word]) : EN[word]).replace(/\{(\w+)\}/g, (slot, name) =>
      String(slots[name] ?? slot),
    );
}
