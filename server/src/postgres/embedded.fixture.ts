// What the tests of the embedded Postgres share: a data folder, a quiet log, and a gateway process that can be killed.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { pino } from "pino";
import { onTestFinished } from "vitest";
import { connectPostgres, type Sql } from "./connect.ts";
import {
  type EmbeddedOptions,
  type EmbeddedPostgres,
  type PostgresAddress,
  startEmbeddedPostgres,
} from "./embedded.ts";
import { isAlive } from "./pidFile.ts";
import { socketFolderOf } from "./socketFolder.ts";

export const quiet = pino({ level: "silent" });

/** A new data folder that is gone after the test, with the socket's folder a kill may have left. */
export function makeDataDir(prefix: string = join(tmpdir(), "baton-test-")): string {
  const dataDir = mkdtempSync(prefix);
  const socketFolder = socketFolderOf(dataDir);
  onTestFinished(() => {
    rmSync(dataDir, { recursive: true, force: true });
    rmSync(socketFolder, { recursive: true, force: true });
  });
  return dataDir;
}

/** Started in this process and stopped after the test. */
export async function startHere(dataDir: string, more: Partial<EmbeddedOptions> = {}): Promise<EmbeddedPostgres> {
  const server = await startEmbeddedPostgres({ dataDir, log: quiet, ...more });
  onTestFinished(() => server.stop());
  return server;
}

export function connect(address: PostgresAddress): Sql {
  const sql = connectPostgres(address, 2);
  onTestFinished(() => sql.end());
  return sql;
}

/** Of a test that starts a Postgres or two: on a busy machine initdb alone has taken ten seconds. */
export const LIMIT = { timeout: 60_000 };

/** Never 0, by which a signal would reach every process of this group. */
export function pidOf(server: EmbeddedPostgres): number {
  const pid = server.pid();
  if (pid === undefined) throw new Error("the server does not run");
  return pid;
}

/** Repeats until it succeeds; the test's own time limit is the bound. */
export async function eventually<T>(attempt: () => Promise<T>): Promise<T> {
  const until = Date.now() + 45_000;
  for (;;) {
    try {
      return await attempt();
    } catch (failure) {
      if (Date.now() > until) throw failure;
      await sleep(10);
    }
  }
}

export async function untilEnded(pid: number): Promise<void> {
  await eventually(async () => {
    if (isAlive(pid) && !isZombie(pid)) throw new Error(`process ${pid} is still running`);
  });
}

function isZombie(pid: number): boolean {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ");
  } catch {
    return false;
  }
}

export type GatewayProcess = {
  child: ChildProcess;
  /** Resolves with the server's process id once the process holds the folder. */
  ready: Promise<number>;
  /** Resolves once it has said that it waits for another gateway, and once it has said so again. */
  waiting: Promise<void>;
  waitingAgain: Promise<void>;
  /** Resolves once it has said that it lost the folder. */
  lost: Promise<void>;
  kill(signal: NodeJS.Signals): Promise<void>;
};

/** A process that does nothing but hold a data folder, as a gateway does. */
export function spawnGateway(dataDir: string): GatewayProcess {
  const program = fileURLToPath(new URL("../../dist/postgres/holdFolder.fixture.js", import.meta.url));
  const child = spawn(process.execPath, [program, dataDir], { stdio: ["ignore", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout });
  const said = (word: string, times = 1) =>
    new Promise<string>((resolve) => {
      let left = times;
      lines.on("line", (line) => {
        if (line.startsWith(word)) left -= 1;
        if (left === 0) resolve(line.slice(word.length));
      });
    });
  const kill = async (signal: NodeJS.Signals) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, "exit");
  };
  onTestFinished(() => kill("SIGTERM"));
  return {
    child,
    ready: said("ready ").then(Number),
    waiting: said("waiting").then(() => {}),
    waitingAgain: said("waiting", 2).then(() => {}),
    lost: said("lost").then(() => {}),
    kill,
  };
}
