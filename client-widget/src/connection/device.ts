/** Which browser profile this is. Made at the first interaction, kept as long as the profile keeps its storage. */
import { nanoid } from "nanoid";
import type { Kept } from "./kept.ts";

export function deviceId(kept: Kept): string {
  const held = kept.read("device");
  if (held && /^[\w-]{21}$/.test(held)) return held;
  const made = nanoid(21);
  kept.write("device", made);
  return made;
}

const BROWSERS: readonly [RegExp, string][] = [
  [/Edg\//, "Edge"],
  [/OPR\//, "Opera"],
  [/Firefox\/|FxiOS/, "Firefox"],
  [/Chrom(e|ium)\/|CriOS/, "Chrome"],
  [/Safari\//, "Safari"],
];
const SYSTEMS: readonly [RegExp, string][] = [
  [/iPhone/, "iPhone"],
  [/iPad/, "iPad"],
  [/Android/, "Android"],
  [/Windows/, "Windows"],
  [/Mac OS X/, "Mac"],
  [/CrOS/, "ChromeOS"],
  [/Linux/, "Linux"],
];

/** «Chrome on Windows»: what a person calls this device when they see it from another one. */
export function deviceLabel(userAgent: string): string {
  const named = (table: readonly [RegExp, string][]) => table.find(([pattern]) => pattern.test(userAgent))?.[1];
  return [named(BROWSERS) ?? "Browser", named(SYSTEMS)].filter(Boolean).join(" on ");
}
