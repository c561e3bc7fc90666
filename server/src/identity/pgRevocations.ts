/** Who was signed out or merged since a moment, in Postgres. Three small indexes: migrations, 0005. */
import type { Sql } from "../postgres/connect.ts";
import type { Change, RevocationStore } from "./revocations.ts";

/**
 * A change has the time of its statement and is seen at its commit, so each look goes back a little behind the last one:
 * no statement takes longer. What is seen twice changes nothing.
 */
const OVERLAP_SECONDS = 30;

type ChangeRow = { user_id: string; device_id: string | null; not_before: Date | null; epoch: number };

function toChange({ user_id: userId, device_id: deviceId, not_before: notBefore, epoch }: ChangeRow): Change {
  return notBefore ? { kind: "signedOut", userId, deviceId, notBefore } : { kind: "merged", userId, epoch };
}

export function pgRevocationStore(sql: Sql): RevocationStore {
  return {
    async changes(since) {
      const [clock] = await sql<{ now: Date }>`SELECT baton_now() AS now`;
      if (!clock) throw new Error("a select without FROM answered no row");
      const from = new Date((since ?? clock.now).getTime() - OVERLAP_SECONDS * 1_000);
      const rows = await sql<ChangeRow>`
        SELECT id AS user_id, NULL AS device_id, not_before, epoch FROM users WHERE not_before > ${from}
        UNION ALL
        SELECT user_id, id, not_before, 0 FROM devices WHERE not_before > ${from}
        UNION ALL
        SELECT unnest(ARRAY[id, merged_into]), NULL, NULL, epoch FROM users WHERE merged_at > ${from}`;
      return { now: clock.now, changes: rows.map(toChange) };
    },
  };
}
