/** The test clock's offset, kept in the database so that it survives a restart and every node reads the same. */
import type { Sql } from "./connect.ts";

export async function readClockOffset(sql: Sql): Promise<number> {
  const [row] = await sql<{ offset_ms: string }>`SELECT offset_ms FROM test_clock`;
  return Number(row?.offset_ms ?? 0);
}

/** @returns the new offset */
export async function advanceTestClock(sql: Sql, advanceMs: number): Promise<number> {
  const [row] = await sql<{ offset_ms: string }>`
    UPDATE test_clock SET offset_ms = offset_ms + ${advanceMs} RETURNING offset_ms`;
  return Number(row?.offset_ms ?? 0);
}
