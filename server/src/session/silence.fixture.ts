/** Sessions in which the visitor owes the next word, and a clock that stands: for tests of what silence does. */

import type { Deadlines } from "@baton/shared/visitor/shapes";
import { expect } from "vitest";
import type { SitePolicy } from "../config/config.ts";
import { PRESETS } from "../config/policy.ts";
import type { Sql } from "../postgres/connect.ts";
import type { TestClient } from "../testing/testClient.ts";
import type { TestGateway } from "../testing/testGateway.ts";
import { deadlinesOf } from "./deadlines.ts";
import { clockColumns } from "./pgClock.ts";
import { type SessionRow, toState } from "./sessionRow.ts";

export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

/** The row, with the columns that follow from its state. */
export type ClockRow = SessionRow & { idle_at: string | null; deadline_kind: string | null };

export async function rowOf(sql: Sql, sessionId: string): Promise<ClockRow> {
  const [row] = await sql<{ session: ClockRow }>`SELECT to_jsonb(s) AS session FROM sessions s WHERE id = ${sessionId}`;
  if (!row) throw new Error(`there is no session ${sessionId}`);
  return row.session;
}

/** Milliseconds of the epoch, by the database. */
export async function databaseNow(sql: Sql): Promise<number> {
  const [row] = await sql<{ now: Date }>`SELECT baton_now() AS now`;
  return row?.now.getTime() ?? Number.NaN;
}

/** As if a bot had just had the last word: from now on it is the visitor's turn. */
export async function answer(sql: Sql, sessionId: string, policy: SitePolicy = PRESETS.support): Promise<void> {
  const now = await databaseNow(sql);
  const { runs_until: runsUntil } = await rowOf(sql, sessionId);
  const state = {
    phase: "open",
    awaiting: "visitor",
    silentSince: now,
    runsUntil: Date.parse(runsUntil ?? ""),
  } as const;
  const c = clockColumns(state, policy);
  await sql`
    UPDATE sessions SET mode = 'bot', queued_at = NULL, awaiting = 'visitor',
      silent_since = to_timestamp(${c.silentSince}::float8 / 1000), idle_at = to_timestamp(${c.idleAt}::float8 / 1000),
      next_deadline_at = to_timestamp(${c.nextAt}::float8 / 1000), deadline_kind = ${c.nextKind}
    WHERE id = ${sessionId}`;
}

/** What a visitor is told of the clock is what stands in the row, and the row agrees with itself. */
export async function expectToldAsWritten(sql: Sql, sessionId: string, told: Deadlines, policy = PRESETS.support) {
  const row = await rowOf(sql, sessionId);
  expect(told).toEqual(deadlinesOf(toState(row), policy));
  const { nextAt, nextKind, idleAt } = clockColumns(toState(row), policy);
  const at = (time: string | null) => (time === null ? null : Date.parse(time));
  expect({ nextAt: at(row.next_deadline_at), nextKind: row.deadline_kind, idleAt: at(row.idle_at) }).toEqual({
    nextAt,
    nextKind,
    idleAt,
  });
}

/** A visitor who has said something and was answered. */
export async function answeredVisitor(
  house: TestGateway,
  policy: SitePolicy = PRESETS.support,
): Promise<{ client: TestClient; sessionId: string; messageId: string; token: string; silentSince: number }> {
  const client = await house.connect();
  const { visitorToken = "" } = await client.open();
  const { message } = await client.send("hello");
  await answer(house.sql, message.sessionId, policy);
  const silentSince = Date.parse((await rowOf(house.sql, message.sessionId)).silent_since);
  return { client, sessionId: message.sessionId, messageId: message.id, token: visitorToken, silentSince };
}

/** Of this database only: from here on its time stands where it is put, until it is let go on. */
export async function standingClock(sql: Sql): Promise<{ at(ms: number): Promise<void>; goOn(): Promise<void> }> {
  await sql.script(`
    CREATE TABLE stands (at timestamptz NOT NULL);
    CREATE OR REPLACE FUNCTION baton_now() RETURNS timestamptz LANGUAGE sql VOLATILE AS $$
      SELECT coalesce((SELECT at FROM stands), date_trunc('milliseconds', clock_timestamp() + offset_ms * interval '1 millisecond'))
      FROM test_clock
    $$;`);
  return {
    at: async (ms) => {
      await sql`WITH gone AS (DELETE FROM stands) INSERT INTO stands VALUES (to_timestamp(${ms}::float8 / 1000))`;
    },
    goOn: async () => {
      await sql`DELETE FROM stands`;
    },
  };
}
