/** Sessions by the thousand, put into the tables by hand, and a count of what is written to each. */

import type { SitePolicy } from "../config/config.ts";
import type { Sql } from "../postgres/connect.ts";

type Kind = "warn" | "idle" | "end";
export type Many = {
  count: number;
  /** Whose deadlines they have. */
  policy: SitePolicy;
  /** What is due, in turns. */
  kinds?: readonly Kind[];
  /** From now on, spread over `overMs`; negative: it was due so long ago. */
  dueInMs: number;
  overMs?: number;
  site?: string;
  prefix?: string;
};

const KINDS: readonly Kind[] = ["warn", "idle", "end"];

/** @returns how many of each kind */
export async function insertMany(sql: Sql, many: Many): Promise<void> {
  const { count, policy, kinds = KINDS, dueInMs, overMs = 0, site = "demo", prefix = "many-" } = many;
  const { softExpiryMs: soft, warnBeforeMs: warn, hardExpiryMs: hard, maxDurationMs: longest } = policy;
  await sql`
    INSERT INTO users (id, site, kind) SELECT ${prefix}::text || n, ${site}, 'visitor' FROM generate_series(1, ${count}::int) AS n`;
  await sql`
    INSERT INTO threads (id, user_id, last_at) SELECT id, id, baton_now() FROM users WHERE starts_with(id, ${prefix})`;
  await sql`
    INSERT INTO sessions (id, site, user_id, thread_id, mode, epoch, awaiting, state, warned, silent_since, opened_at,
      last_activity_at, runs_until, idle_at, idled_at, next_deadline_at, deadline_kind)
    SELECT ${prefix}::text || n, ${site}, ${prefix}::text || n, ${prefix}::text || n, 'bot', 1, 'visitor',
      CASE kind WHEN 'end' THEN 'idle' ELSE 'open' END, kind = 'idle', silent, silent, silent, silent + ${longest}::float8 * ms,
      CASE kind WHEN 'end' THEN NULL ELSE silent + ${soft}::float8 * ms END,
      CASE kind WHEN 'end' THEN silent + ${soft}::float8 * ms END, due, kind
    FROM (SELECT n, kind, due, ms,
        date_trunc('milliseconds', due - ms * CASE kind WHEN 'warn' THEN ${soft - warn}::float8 WHEN 'idle' THEN ${soft}::float8 ELSE ${hard}::float8 END) AS silent
      FROM (SELECT n, (${kinds}::text[])[n % ${kinds.length}::int + 1] AS kind, interval '1 millisecond' AS ms,
          date_trunc('milliseconds', baton_now() + (${dueInMs}::float8 + n * ${overMs / count}::float8) * interval '1 millisecond') AS due
        FROM generate_series(1, ${count}::int) AS n OFFSET 0) AS timed) AS aged`;
}

/** From here on each write to a session is noted: its id, and what it became. */
export async function noteWrites(sql: Sql): Promise<void> {
  await sql.script(`
    CREATE UNLOGGED TABLE noted (id text NOT NULL, state text NOT NULL, warned boolean NOT NULL);
    CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO noted VALUES (NEW.id, NEW.state, NEW.warned);
      RETURN NULL;
    END $$;
    CREATE TRIGGER note AFTER UPDATE ON sessions FOR EACH ROW EXECUTE FUNCTION note();`);
}
