/**
 * Every connection is an open file, on both of its sides. A child is started through a shell that asks for more of them than
 * this process may have itself; where that is refused it keeps what there is, and the plan is cut to it, in words.
 */
import { spawnSync } from "node:child_process";

const WANTED = 100_000;
/** Of a server: its database, Redis, log, loop and listener. Of a generator less. */
const FOR_ITSELF = 100;

/** Node raises its soft limit to the hard one by itself. */
const RAISE = `ulimit -n ${WANTED} 2>/dev/null; exec "$0" "$@"`;
const hasShell = process.platform !== "win32";

/** A command line that runs the program with as many files as the system allows. */
export function withManyFiles(program: string, args: readonly string[]): { command: string; args: string[] } {
  return hasShell ? { command: "sh", args: ["-c", RAISE, program, ...args] } : { command: program, args: [...args] };
}

/** How many connections a process started by `withManyFiles` can hold; infinite where the system does not tell. */
export function mostConnections(): number {
  const asked = withManyFiles("sh", ["-c", "ulimit -Hn"]);
  const { stdout } = spawnSync(asked.command, asked.args, { encoding: "utf8" });
  const files = Number.parseInt(stdout ?? "", 10);
  return Number.isNaN(files) ? Number.POSITIVE_INFINITY : files - FOR_ITSELF;
}
