/**
 * The number of a database that a Redis does not have, or not for this account. Called by connect.ts: the driver would go
 * on in database 0, where another installation may be.
 */
import type { RedisTarget } from "./address.ts";

const OF_THE_NUMBER = /^NOPERM|out of range|cluster mode/;

/** Whether the error is what Redis answered to SELECT, whatever its reason. */
export function isSelectRefused(error: unknown): error is Error {
  // The name that the driver gives to what Redis itself has said: a lost connection refuses nothing.
  if (!(error instanceof Error) || error.name !== "ReplyError" || !("command" in error)) return false;
  const { command } = error;
  return typeof command === "object" && command !== null && "name" in command && command.name === "select";
}

/** Cause and mend when it is the number that is refused. Undefined for what would befall any command, as a wrong password. */
export function missingDatabase(target: RedisTarget, error: unknown): string | undefined {
  if (target.kind === "cluster" || !isSelectRefused(error) || !OF_THE_NUMBER.test(error.message)) return undefined;
  const cause = `REDIS_URL names database ${target.db}, and this Redis refuses it (${error.message}).`;
  if (error.message.includes("cluster mode"))
    return `${cause} It is in cluster mode: write redis+cluster://, and no number.`;
  if (error.message.startsWith("NOPERM")) return `${cause} Let its account SELECT, or leave the number out.`;
  return `${cause} Name one that it has (0 to 15, unless it is configured otherwise), or raise its setting «databases».`;
}
