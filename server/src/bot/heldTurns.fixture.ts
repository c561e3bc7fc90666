/** Turns that nobody begins until a test says so: the pause before an answer is too short to do something in. */
import type { Sql } from "../postgres/connect.ts";

/** Of turns opened from here on; `release` makes them due, and lets later ones be. */
export async function holdTurns(sql: Sql): Promise<{ release(): Promise<void> }> {
  await sql.script(`
    CREATE FUNCTION hold_turn() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN NEW.ready_at = '9999-01-01Z'; RETURN NEW; END $$;
    CREATE TRIGGER hold_turn BEFORE INSERT ON turns FOR EACH ROW EXECUTE FUNCTION hold_turn()`);
  return {
    release: () =>
      sql.script(`
        DROP FUNCTION hold_turn CASCADE;
        UPDATE turns SET ready_at = baton_now() WHERE ready_at = '9999-01-01Z'`),
  };
}
