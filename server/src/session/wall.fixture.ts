/** Whoever writes to certain sessions stops there, with all that it has locked: a node amid its deadlines, for as long as it takes. */
import type { Sql } from "../postgres/connect.ts";

/** Nobody stops yet. */
export async function buildWall(sql: Sql, of: { like: string }): Promise<void> {
  await sql.script(`
    CREATE FUNCTION stop_here() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      PERFORM pg_advisory_xact_lock_shared(1);
      RETURN NEW;
    END $$;
    CREATE TRIGGER stop_here BEFORE UPDATE ON sessions FOR EACH ROW
      WHEN (OLD.id LIKE '${of.like}') EXECUTE FUNCTION stop_here();`);
}

/** From here on they stop, until it falls. */
export async function standWall(sql: Sql): Promise<{ fall(): Promise<void> }> {
  let fall = () => {};
  const fallen = new Promise<void>((resolve) => {
    fall = resolve;
  });
  let stands = () => {};
  const standing = new Promise<void>((resolve) => {
    stands = resolve;
  });
  const done = sql.begin(async (tx) => {
    await tx`SELECT pg_advisory_xact_lock(1)`;
    stands();
    await fallen;
  });
  await Promise.race([standing, done]);
  return {
    fall: async () => {
      fall();
      await done;
    },
  };
}

export async function isAtWall(sql: Sql): Promise<boolean> {
  const waiting =
    await sql`SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = 1 AND NOT granted AND database =
    (SELECT oid FROM pg_database WHERE datname = current_database())`;
  return waiting.length > 0;
}
