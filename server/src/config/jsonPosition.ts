/**
 * Where a text stops being JSON. Node 20's JSON.parse often names no position («"{ "a": }" is not valid JSON»),
 * and an operator with a file of 200 lines needs the line. Recursive: the texts are files of ours, not of strangers.
 */
const SPACE = /[ \t\r\n]*/y;
// biome-ignore lint/suspicious/noControlCharactersInRegex: JSON forbids raw control characters in strings.
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null/y;

type Cursor = { readonly text: string; at: number };

function eat(cursor: Cursor, pattern: RegExp): boolean {
  pattern.lastIndex = cursor.at;
  const found = pattern.exec(cursor.text);
  if (found) cursor.at += found[0].length;
  return found !== null;
}

/** A single character with the space around it. */
function eatMark(cursor: Cursor, mark: string): boolean {
  eat(cursor, SPACE);
  if (cursor.text[cursor.at] !== mark) return false;
  cursor.at += 1;
  return eat(cursor, SPACE);
}

function member(cursor: Cursor): boolean {
  return eat(cursor, STRING) && eatMark(cursor, ":") && value(cursor);
}

function list(cursor: Cursor, closer: string, item: (cursor: Cursor) => boolean): boolean {
  if (eatMark(cursor, closer)) return true;
  do {
    if (!item(cursor)) return false;
  } while (eatMark(cursor, ","));
  return eatMark(cursor, closer);
}

/** False leaves the cursor at the character that does not belong. */
function value(cursor: Cursor): boolean {
  if (eatMark(cursor, "{")) return list(cursor, "}", member);
  if (eatMark(cursor, "[")) return list(cursor, "]", value);
  return eat(cursor, STRING) || eat(cursor, SCALAR);
}

/** Offset of the first character that does not belong, or undefined for sound JSON. */
export function firstJsonFault(text: string): number | undefined {
  const cursor = { text, at: 0 };
  const sound = value(cursor);
  if (sound) eat(cursor, SPACE);
  return sound && cursor.at === text.length ? undefined : cursor.at;
}

/** Line and column from 1, as editors count them. */
export function lineAndColumn(text: string, offset: number): { line: number; column: number } {
  const lines = text.slice(0, offset).split("\n");
  return { line: lines.length, column: (lines.at(-1)?.length ?? 0) + 1 };
}
