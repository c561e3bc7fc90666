import { expect, test } from "vitest";
import { type SessionRow, toSession } from "./sessionRow.ts";

const row: SessionRow = {
  id: "s",
  site: "demo",
  user_id: "ada",
  thread_id: "t",
  state: "open",
  awaiting: "us",
  warned: false,
  silent_since: "2026-01-01T01:00:00.25+00:00",
  runs_until: "2026-01-02T00:00:00+00:00",
  idled_at: null,
  next_deadline_at: "2026-01-02T00:00:00+00:00",
  mode: "bot",
  queued_at: null,
  agent_id: null,
  agent_name: null,
  epoch: 4,
  rev: 9,
  last_seq: 7,
  answered_seq: 6,
  opened_at: "2026-01-01T00:00:00+00:00",
  last_activity_at: "2026-01-01T01:00:00.25+00:00",
  ended_at: null,
  end_reason: null,
  resumed_from: null,
  context: { flow: "secret" },
  context_version: 2,
};

test("a session is told by what its people may know, and nothing else", () => {
  expect(toSession(row)).toEqual({
    id: "s",
    state: "open",
    openedAt: "2026-01-01T00:00:00.000Z",
    lastActivityAt: "2026-01-01T01:00:00.250Z",
    threadId: "t",
    mode: "bot",
    rev: 9,
  });
});

test("how it ended and what it followed are told", () => {
  const ended: SessionRow = {
    ...row,
    state: "ended",
    ended_at: "2026-01-02T00:00:00Z",
    end_reason: "visitor",
    resumed_from: "s0",
  };
  expect(toSession(ended)).toMatchObject({
    state: "ended",
    endedAt: "2026-01-02T00:00:00.000Z",
    endReason: "visitor",
    resumedFrom: "s0",
  });
});

test("an agent is told by name, or by id while the name is unknown", () => {
  expect(toSession({ ...row, agent_id: "eve", agent_name: "Eve" }).agent).toEqual({ id: "eve", name: "Eve" });
  expect(toSession({ ...row, agent_id: "eve" }).agent).toEqual({ id: "eve", name: "eve" });
});
