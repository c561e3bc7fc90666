/** The page's shapes, field by field. A field the page does not name is allowed: adding an optional one is no new version. */
import { expect } from "vitest";

const id = expect.stringMatching(/^\S+$/);
const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/);
const number = expect.any(Number);
const text = expect.any(String);
const flag = expect.any(Boolean);

type Shape = Record<string, unknown>;

/** Required fields are there and fit; optional ones fit when they are there. */
export function expectShape(value: unknown, required: Shape, optional: Shape = {}): void {
  expect(value).toBeTypeOf("object");
  const present = Object.entries(optional).filter(([key]) => Object.hasOwn(value as object, key));
  expect(value).toMatchObject({ ...required, ...Object.fromEntries(present) });
}

const oneOf = (...words: string[]) => expect.stringMatching(new RegExp(`^(${words.join("|")})$`));

export function expectMessage(message: unknown): void {
  expectShape(
    message,
    {
      id,
      sessionId: id,
      seq: number,
      rev: number,
      threadId: id,
      author: expect.objectContaining({ kind: oneOf("visitor", "bot", "agent", "system"), id }),
      kind: oneOf("text", "notice", "choice", "file"),
      text,
      status: oneOf("complete", "streaming", "interrupted", "failed"),
      createdAt: time,
    },
    { clientId: id, replyTo: id, editedAt: time, deletedAt: time },
  );
}

export function expectSession(session: unknown): void {
  expectShape(
    session,
    {
      id,
      state: oneOf("open", "idle", "ended"),
      openedAt: time,
      lastActivityAt: time,
      threadId: id,
      mode: oneOf("bot", "queue", "agent"),
      rev: number,
    },
    { endedAt: time, endReason: oneOf("timeout", "visitor", "resolved", "superseded", "erased"), resumedFrom: id },
  );
}

export function expectSnapshot(snapshot: unknown): void {
  expectShape(
    snapshot,
    {
      user: expect.objectContaining({ id, kind: oneOf("visitor", "identified") }),
      device: expect.objectContaining({ id, label: text, active: flag }),
      lock: expect.objectContaining({ epoch: number, mine: flag }),
      resumption: expect.objectContaining({ kind: oneOf("none", "restored", "offer", "primed", "fresh") }),
      messages: expect.any(Array),
      rev: number,
      reset: flag,
      hasMore: flag,
      receipts: expect.any(Array),
      policy: expect.objectContaining({
        warnBeforeMs: number,
        softExpiryMs: number,
        hardExpiryMs: number,
        primeWindowMs: number,
      }),
      site: expect.objectContaining({ id, texts: expect.any(Object) }),
      serverTime: time,
    },
    { visitorToken: text, draft: expect.objectContaining({ text, deviceId: id, at: time }) },
  );
  const { session, messages, lock, deadlines } = snapshot as Record<string, unknown>;
  if (session !== null) expectSession(session);
  for (const message of messages as unknown[]) expectMessage(message);
  expect(lock).toHaveProperty("holder");
  for (const clock of ["warnAt", "idleAt", "endAt"]) expect(deadlines).toHaveProperty(clock);
}

export function expectRefusal(error: unknown, code: string): void {
  expectShape(error, { code, message: expect.stringMatching(/\S/), retryable: flag }, { retryAfterMs: number });
}
