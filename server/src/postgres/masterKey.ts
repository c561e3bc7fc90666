/** The master key must be the one that everything in this database was sealed under. */
import type { Sql } from "./connect.ts";

/** The first gateway on a database leaves its key's fingerprint. @throws when this one has another key */
export async function refuseOtherMasterKey(sql: Sql, fingerprint: string): Promise<void> {
  await sql`INSERT INTO master_key (fingerprint) VALUES (${fingerprint}) ON CONFLICT DO NOTHING`;
  const [row] = await sql<{ fingerprint: string }>`SELECT fingerprint FROM master_key`;
  if (row?.fingerprint === fingerprint) return;
  throw new Error(
    "This database was sealed under another master key: nothing in it could be read. " +
      "Set BATON_MASTER_KEY to the key it was made with, or restore the file master-key of its data folder.",
  );
}
