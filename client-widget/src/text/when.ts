/** Dates and times as people say them, in the page's language. */
import type { Say } from "./say.ts";

const DAY_MS = 86_400_000;

/** Made once: building a formatter costs more than drawing the bubble it stands beside. */
const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "numeric", minute: "2-digit" });

export function clock(iso: string): string {
  return CLOCK.format(new Date(iso));
}

export function startOfDay(time: number): number {
  return new Date(time).setHours(0, 0, 0, 0);
}

export function day(iso: string, now: number, say: Say): string {
  const date = new Date(iso);
  const ago = Math.round((startOfDay(now) - startOfDay(date.getTime())) / DAY_MS);
  if (ago === 0) return say("today");
  if (ago === 1) return say("yesterday");
  const year = date.getFullYear() === new Date(now).getFullYear() ? {} : ({ year: "numeric" } as const);
  return new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long", ...year }).format(date);
}

export function ago(time: number, now: number): string {
  const minutes = Math.round((now - time) / 60_000);
  const hours = Math.round(minutes / 60);
  const format = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
  if (minutes < 60) return format.format(-minutes, "minute");
  return hours < 24 ? format.format(-hours, "hour") : format.format(-Math.round(hours / 24), "day");
}
