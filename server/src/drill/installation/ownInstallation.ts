/**
 * An installation of the drill's own, for as long as it takes: where the machine has a Redis two gateways that share it and a
 * Postgres, else one with its embedded Postgres. With a test clock; everything lies in a folder that is gone afterwards.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { CliError } from "../../cli/cliError.ts";
import { DEMO_SITE_ID } from "../../config/demoSite.ts";
import { Environment } from "../../config/environment.ts";
import { freePort } from "../../freePort.ts";
import { createLog } from "../../log.ts";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "../../postgres/embedded.ts";
import type { Target } from "../visitor/line.ts";
import { newPerson } from "../visitor/person.ts";
import type { Installation, TestClock } from "./installation.ts";
import { type OwnRedis, startOwnRedis } from "./ownRedis.ts";
import { findTestClock } from "./testClock.ts";
import { Undoing } from "./undoing.ts";

type Env = Record<string, string | undefined>;

const MAIN = fileURLToPath(new URL("../../main.js", import.meta.url));
const READY_WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 50;
/** The last of what it said, for when it could not start. */
const REMEMBERED_CHARACTERS = 4_000;

/** With a Redis there are two nodes, as in production, and what holds on one has to hold between them. */
const NODES = 2;

export async function ownInstallation(env: Env): Promise<Installation> {
  const undoing = new Undoing();
  try {
    const folder = await mkdtemp(join(tmpdir(), "baton-drill-"));
    undoing.add({ properly: () => rm(folder, { recursive: true, force: true }) });
    const redis = await startOwnRedis(folder, env.PATH ?? "");
    if (redis) undoing.add({ properly: redis.close, atOnce: redis.kill });
    const postgres = redis && (await startOwnPostgres(folder));
    if (postgres) undoing.add({ properly: () => postgres.stop(), atOnce: () => interrupt(postgres.pid()) });
    const shared = { ...without(env), ...(redis && postgres && sharedBy(redis, postgres)) };
    const first = await startNode({ env: shared, folder, name: "node1", undoing });
    const more: string[] = [];
    if (redis)
      for (let i = 2; i <= NODES; i++) more.push(await startNode({ env: shared, folder, name: `node${i}`, undoing }));
    return await described({ urls: [first, ...more], redis, close: () => undoing.close() });
  } catch (error) {
    await undoing.close();
    throw error;
  }
}

function interrupt(pid: number | undefined): void {
  if (pid !== undefined) process.kill(pid, "SIGINT");
}

type Parts = { urls: readonly [string, ...string[]]; redis: OwnRedis | undefined; close: () => Promise<void> };

async function described({ urls, redis, close }: Parts): Promise<Installation> {
  const clock = await clockOf(urls);
  const [first, ...more] = urls;
  const redisWords = redis
    ? `${urls.length} nodes, Redis ${await redis.values.version()}`
    : "one node, no Redis: there is no redis-server on the PATH";
  return {
    targets: [targetOf(first), ...more.map(targetOf)],
    about: `an installation of its own (embedded Postgres, test clock, ${redisWords})`,
    isOwn: true,
    hasTokensOfCommand: false,
    ...(clock && { clock }),
    ...(redis && { redis: redis.values, outage: redis.outage }),
    newPerson: () => newPerson(),
    close,
  };
}

function targetOf(url: string): Target {
  return { url, site: DEMO_SITE_ID, origin: url };
}

/** One node moves the time of all; each is asked for it, so that its own clock follows. */
async function clockOf(urls: readonly string[]): Promise<TestClock | undefined> {
  const clocks = await Promise.all(urls.map(findTestClock));
  const [first, ...more] = clocks;
  return (
    first && {
      async advance(ms) {
        const now = await first.advance(ms);
        for (const clock of more) await clock?.advance(0);
        return now;
      },
    }
  );
}

/** Nodes that share a Redis share a Postgres, so it is not the one that a node starts for itself. */
function startOwnPostgres(folder: string): Promise<EmbeddedPostgres> {
  return startEmbeddedPostgres({ dataDir: join(folder, "postgres"), log: createLog({ level: "silent" }) });
}

function sharedBy(redis: OwnRedis, { address }: EmbeddedPostgres): Env {
  const { host, port, database, username, password = "" } = address;
  const url = new URL(`postgresql://localhost/${database}`);
  url.username = username;
  url.password = password;
  url.search = new URLSearchParams({ host, port: String(port) }).toString();
  return {
    REDIS_URL: redis.url,
    DATABASE_URL: url.href,
    BATON_MASTER_KEY: randomBytes(32).toString("base64"),
  };
}

/** Nothing of the operator's own: a drill must not end up in the database that DATABASE_URL names. */
function without(env: Env): Env {
  const theirs = new Set(Object.keys(Environment.shape));
  return Object.fromEntries(Object.entries(env).filter(([name]) => !theirs.has(name) && !name.startsWith("BATON_")));
}

type Starting = { env: Env; folder: string; name: string; undoing: Undoing };

/** @returns its URL, when it is ready for visitors */
async function startNode({ env, folder, name, undoing }: Starting): Promise<string> {
  const port = await freePort("127.0.0.1");
  const url = `http://127.0.0.1:${port}`;
  const gateway = spawnGateway({
    ...env,
    PORT: String(port),
    HOST: "127.0.0.1",
    BATON_DATA_DIR: join(folder, name),
    BATON_TEST_CLOCK: "1",
    BATON_LOG_LEVEL: "warn",
  });
  undoing.add({ properly: () => stopped(gateway.process), atOnce: () => gateway.process.kill("SIGTERM") });
  await ready(gateway, url);
  return url;
}

type Gateway = { process: ChildProcess; said(): string };

function spawnGateway(env: Env): Gateway {
  // In a process group of its own: Ctrl-C is for the drill, which stops what it has started, once and in order.
  const child = spawn(process.execPath, [MAIN], { env, stdio: ["ignore", "pipe", "pipe"], detached: true });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (text) => {
      said = (said + String(text)).slice(-REMEMBERED_CHARACTERS);
    });
  }
  return { process: child, said: () => said };
}

async function ready({ process: child, said }: Gateway, url: string): Promise<void> {
  for (const until = performance.now() + READY_WITHIN_MS; ; await sleep(LOOK_EVERY_MS)) {
    if (child.exitCode !== null || child.signalCode !== null) {
      throw new CliError(`The gateway of the drill ended while it started. It said:\n${said()}`);
    }
    if (await isReady(url)) return;
    if (performance.now() > until)
      throw new CliError(`The gateway of the drill did not get ready. It said:\n${said()}`);
  }
}

async function isReady(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/readyz`)).ok;
  } catch {
    return false;
  }
}

/** SIGTERM: its Postgres ends with it. */
async function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  await gone;
}
