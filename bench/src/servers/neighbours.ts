/**
 * The program that runs what several nodes share: a Postgres and a Redis of the run's own. A process apart, so that both
 * end with the conductor, however it ends. Started by cluster.ts.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { type AddressInfo, connect, createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type KillablePostgres, killablePostgres } from "@baton/server/testing/killablePostgres";
import { answerQuestions } from "../questions.ts";
import type { Database } from "./database.ts";

export type Neighbours = {
  database: Database;
  postgresPid: number;
  redisPort: number;
  redisPid: number;
};
export type NeighbourQuestions = { begin: { told: { folder: string }; answer: Neighbours } };

const READY_WITHIN_MS = 10_000;

let postgres: KillablePostgres | undefined;
let redis: ChildProcess | undefined;

answerQuestions<NeighbourQuestions>({
  async begin({ folder }) {
    postgres = await killablePostgres(join(folder, "postgres"));
    const redisPort = await startRedis(folder);
    return { database: postgres.address, postgresPid: postgres.pid() ?? 0, redisPort, redisPid: redis?.pid ?? 0 };
  },
});

let ending: Promise<void> | undefined;
process.on("SIGTERM", () => {
  ending ??= end();
  ending.then(
    () => process.exit(0),
    () => process.exit(1),
  );
});

async function end(): Promise<void> {
  redis?.kill("SIGKILL");
  await postgres?.close();
}

/** Keeps nothing on the disk, as docs/scaling.md says that it need not. @returns its port */
async function startRedis(folder: string): Promise<number> {
  const port = await freePort();
  const settings = { port, bind: "127.0.0.1", save: "", appendonly: "no", dir: folder };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)]);
  redis = spawn("redis-server", args, { stdio: "ignore" });
  const ended = once(redis, "exit").then(() => {
    throw new Error("redis-server has ended");
  });
  ended.catch(() => {});
  const until = Date.now() + READY_WITHIN_MS;
  while (!(await Promise.race([answers(port), ended]))) {
    if (Date.now() > until) throw new Error("redis-server did not answer in time");
    await sleep(20);
  }
  return port;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.write("PING\r\n"));
    socket.on("data", (bytes) => {
      resolve(String(bytes).startsWith("+PONG"));
      socket.destroy();
    });
    socket.on("error", () => resolve(false));
  });
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, "close");
  return port;
}
