/** What flawedServer.ts knows of a visitor, and the small shapes it answers with. */
import type { Message, Session, Snapshot } from "@baton/shared/visitor/shapes";
import type { Socket } from "socket.io";

export const DEADLINES = { warnAt: null, idleAt: null, endAt: null };
export const POLICY = {
  warnBeforeMs: 120_000,
  softExpiryMs: 1_800_000,
  hardExpiryMs: 7_200_000,
  maxDurationMs: 86_400_000,
  primeWindowMs: 1_209_600_000,
  startOn: "message",
  oneDevice: "ask",
  turns: "queue",
} as const;

export type Device = { id: string; label: string };
export type Person = {
  id: string;
  session: Session | undefined;
  past: Session[];
  messages: Message[];
  holder: Device | undefined;
  epoch: number;
  draft: Snapshot["draft"];
};
export type Caller = { person: Person; device: Device; wire: Socket };

export function newPerson(id: string): Person {
  return { id, session: undefined, past: [], messages: [], holder: undefined, epoch: 0, draft: undefined };
}

export function newSession(id: string): Session {
  const now = new Date().toISOString();
  return { id, state: "open", openedAt: now, lastActivityAt: now, threadId: "t", mode: "bot", rev: 0 };
}

export function refusal(code: string): object {
  return { ok: false, error: { code, message: "No.", retryable: false } };
}

export function parsed(text: string | null): Message[] {
  try {
    return JSON.parse(text ?? "[]") as Message[];
  } catch {
    return [];
  }
}
