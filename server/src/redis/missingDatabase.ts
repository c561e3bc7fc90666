/**
 * The number of a database that a Redis does not have, or not for this account. Called by connect.ts: the driver would go
 * on in database 0, where another installation may be.
 */
import type { RedisTarget } from "./address.ts";

/** Cause and mend when the error is the answer to SELECT, else undefined. */
export function missingDatabase(target: RedisTarget, error: unknown): string | undefined {
  if (target.kind === "cluster" || !isOfSelect(error)) return undefined;
  const cause = `REDIS_URL names database ${target.db}, and this Redis refuses it (${error.message}).`;
  if (error.message.includes("cluster mode"))
    return `${cause} It is in cluster mode: write redis+cluster://, and no number.`;
  if (error.message.startsWith("NOPERM")) return `${cause} Let its account SELECT, or leave the number out.`;
  return `${cause} Name one that it has (0 to 15, unless it is configured otherwise), or raise its setting «databases».`;
}

function isOfSelect(error: unknown): error is Error {
  if (!(error instanceof Error) || !("command" in error)) return false;
  const { command } = error;
  return typeof command === "object" && command !== null && "name" in command && command.name === "select";
}
