/** A user's keys as a statement reads them beside other things, and what the vault takes. */
import { part } from "../postgres/sql.ts";
import type { WrappedKey } from "./vault.ts";

export type KeyRow = { id: string; wrapped: string };

/** A column: the keys of the user whom the statement calls `u`, the oldest first; none of somebody erased. */
export const keysOfUser = part`(
  SELECT coalesce(json_agg(json_build_object('id', k.id, 'wrapped', encode(k.wrapped, 'base64')) ORDER BY k.created_at), '[]')
  FROM user_keys k WHERE k.user_id = u.id)`;

export function toWrappedKeys(rows: readonly KeyRow[]): WrappedKey[] {
  return rows.map(({ id, wrapped }) => ({ id, wrapped: Buffer.from(wrapped, "base64") }));
}
