/** A Redis of the drill's own, for an installation of its own: in memory, on the loopback, killed and started again at will. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../freePort.ts";
import type { Outage } from "./installation.ts";
import { createRedisValues, type RedisValues } from "./redisValues.ts";

const READY_WITHIN_MS = 10_000;
const LOOK_EVERY_MS = 20;
/** Long enough for every link to have noticed, and to have tried in vain to come back. */
const GONE_AT_LEAST_MS = 5_000;

export type OwnRedis = {
  readonly url: string;
  readonly values: RedisValues;
  readonly outage: Outage;
  close(): Promise<void>;
  kill(): void;
};

/** Undefined when there is no `redis-server` on the PATH. */
export async function startOwnRedis(folder: string, path: string): Promise<OwnRedis | undefined> {
  const port = await freePort("127.0.0.1");
  const start = () => spawnRedis({ port, folder, path });
  let child = await start();
  if (!child) return undefined;
  const values = createRedisValues({ kind: "single", at: { host: "127.0.0.1", port }, db: 0, tls: false });
  await untilItAnswers(values);
  let goneSince: number | undefined;
  let isClosed = false;
  const outage: Outage = {
    how: "killed",
    isOn: () => goneSince !== undefined,
    async begin() {
      goneSince = performance.now();
      if (child) await ended(child, "SIGKILL");
    },
    async end() {
      await sleep(Math.max(0, (goneSince ?? 0) + GONE_AT_LEAST_MS - performance.now()));
      // A drill that was stopped meanwhile has let go of it: nobody would end another one.
      if (isClosed) return;
      child = await start();
      await untilItAnswers(values);
      goneSince = undefined;
    },
  };
  async function close(): Promise<void> {
    isClosed = true;
    values.end();
    if (child) await ended(child, "SIGKILL");
  }
  return { url: `redis://127.0.0.1:${port}`, values, outage, close, kill: () => child?.kill("SIGKILL") };
}

type Place = { port: number; folder: string; path: string };

/** Nothing is kept on disk: it comes back empty, which is the worse case. */
async function spawnRedis({ port, folder, path }: Place): Promise<ChildProcess | undefined> {
  const settings = ["--port", String(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", folder];
  // In a process group of its own: Ctrl-C is for the drill, which ends what it has started.
  const child = spawn("redis-server", settings, { stdio: "ignore", detached: true, env: { PATH: path } });
  const isThere = await Promise.race([
    once(child, "spawn").then(() => true),
    once(child, "error").then(() => false),
  ]).catch(() => false);
  return isThere ? child : undefined;
}

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill(signal);
  await gone;
}

async function untilItAnswers(values: RedisValues): Promise<void> {
  for (const until = performance.now() + READY_WITHIN_MS; ; await sleep(LOOK_EVERY_MS)) {
    if (await values.answers()) return;
    if (performance.now() > until) throw new Error("The Redis that was started for the drill does not answer.");
  }
}
