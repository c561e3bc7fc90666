/** The process: reads the environment, builds the gateway, listens, and stops everything it started. */
import { realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Config, ConfigError, readConfig } from "./config/config.ts";
import { builtInDemoSite, DEMO_SITE_ID } from "./config/demoSite.ts";
import { demoSecret, makeDataFolder, masterKeyFile } from "./dataFolder.ts";
import { freePort } from "./freePort.ts";
import { createGateway } from "./gateway.ts";
import { greeting } from "./greeting.ts";
import { createLog, type Log, loggedError } from "./log.ts";
import { createMetrics, type Metrics } from "./metrics.ts";
import { connectPostgres } from "./postgres/connect.ts";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "./postgres/embedded.ts";
import { refuseUnreachable } from "./postgres/unreachable.ts";
import { connectRedis } from "./redis/connect.ts";

const WIDGET_DIR = fileURLToPath(new URL("../../client-widget/dist/widget/", import.meta.url));
const SAME_PRESS_MS = 1_000;

async function start(): Promise<void> {
  const config = await completed(readConfig(process.env));
  const log = createLog({ level: config.logLevel });
  const stopping = new AbortController();
  const undo: (() => Promise<unknown>)[] = [];
  let building = Promise.resolve();
  const stop = stopper({ undo, stopping, log, built: () => building, withinMs: config.limits.drainMs });
  process.on("SIGINT", () => void stop(0, "SIGINT"));
  process.on("SIGTERM", () => void stop(0, "SIGTERM"));
  process.on("unhandledRejection", (error) => log.error({ error: loggedError(error) }, "unhandled rejection"));
  try {
    building = build({ config, log, undo, stopping, stop });
    await building;
  } catch (error) {
    if (stopping.signal.aborted) return;
    log.fatal({ error: loggedError(error) }, "the gateway could not start");
    await stop(1, "a fault at the start");
  }
}

type Building = {
  config: Config;
  log: Log;
  undo: (() => Promise<unknown>)[];
  stopping: AbortController;
  stop: (code: number, why: string) => Promise<void>;
};

async function build({ config, log, undo, stopping, stop }: Building): Promise<void> {
  const metrics = createMetrics();
  const embedded =
    config.databaseUrl === undefined ? await embeddedPostgres({ config, log, metrics, stopping, stop }) : undefined;
  if (embedded) undo.push(() => embedded.stop());
  stopping.signal.throwIfAborted();
  const sql = connectPostgres(embedded?.address ?? config.databaseUrl ?? "");
  undo.push(() => sql.end());
  if (config.databaseUrl !== undefined) await refuseUnreachable(sql, config.databaseUrl);
  const redis = config.redis && connectRedis(config.redis);
  if (redis) undo.push(async () => redis.end());
  const masterKey = config.masterKey ?? (await masterKeyFile(config.dataDir));
  const isAlone = embedded !== undefined;
  const gateway = await createGateway({
    config,
    sql,
    masterKey,
    log,
    metrics,
    widgetDir: WIDGET_DIR,
    isAlone,
    redis,
  });
  undo.push(() => gateway.close());
  stopping.signal.throwIfAborted();
  const port = await gateway.listen();
  log.info(
    {
      port,
      host: config.host,
      embedded: isAlone,
      redis: config.redis?.kind ?? "none",
      sites: [...config.sites.keys()],
    },
    "serving",
  );
  process.stdout.write(greeting({ ...config, port }));
}

type Embedding = Pick<Building, "config" | "log" | "stopping" | "stop"> & { metrics: Metrics };

function embeddedPostgres({ config, log, metrics, stopping, stop }: Embedding): Promise<EmbeddedPostgres> {
  const onLost = (reason: Error): void => {
    log.fatal({ error: loggedError(reason) }, "another gateway has the data folder");
    void stop(1, "the data folder was lost");
  };
  const onRestart = () => metrics.databaseRestarts.inc();
  return startEmbeddedPostgres({ dataDir: config.dataDir, log, signal: stopping.signal, onLost, onRestart });
}

type Stopper = Pick<Building, "undo" | "stopping" | "log"> & { built: () => Promise<void>; withinMs: number };

/**
 * Undoes in the reverse order of doing: sockets before the database they write to. A second signal, or the clock, ends the
 * process whatever is still running.
 */
function stopper({ undo, stopping, log, built, withinMs }: Stopper) {
  let since = 0;
  return async (code: number, why: string): Promise<void> => {
    if (stopping.signal.aborted) {
      // Ctrl-C reaches us from the terminal and once more from npm: that is one press.
      if (performance.now() - since > SAME_PRESS_MS) process.exit(1);
      return;
    }
    since = performance.now();
    stopping.abort(new Error(`stopped: ${why}`));
    log.info({ why }, "stopping");
    setTimeout(() => process.exit(1), withinMs).unref();
    // Amid the start: what is just being started has nothing to undo it yet, and ends itself.
    await built().catch(() => {});
    for (const step of undo.reverse()) {
      await step().catch((error: unknown) => log.error({ error: loggedError(error) }, "a step of stopping failed"));
    }
    process.exit(code);
  };
}

/** Without a configuration: the demo site, whose secret is in the data folder and whose origins name the real port. */
async function completed(config: Config): Promise<Config> {
  await makeDataFolder(config.dataDir);
  if (!config.builtInDemo) return config;
  const port = config.port === 0 ? await freePort(config.host) : config.port;
  const site = builtInDemoSite(port, await demoSecret(config.dataDir));
  return { ...config, port, sites: new Map([[DEMO_SITE_ID, site]]) };
}

async function begin(): Promise<void> {
  await start().catch((error: unknown) => {
    process.stderr.write(error instanceof ConfigError ? `${error.message}\n` : `${String(error)}\n`);
    process.exit(1);
  });
}

/** `node server/dist/main.js …` is `baton …`; without words it is `baton start`. Whoever imports this file starts it. */
function wordsOf([, entry, ...words]: readonly string[]): readonly string[] {
  const isEntry = entry !== undefined && realpathSync(entry) === fileURLToPath(import.meta.url);
  return isEntry ? words : [];
}

const words = wordsOf(process.argv);
if (words.length === 0) void begin();
else {
  const { runCli } = await import("./cli/program.ts");
  process.exitCode = await runCli(words, {
    env: process.env,
    out: (text) => process.stdout.write(`${text}\n`),
    err: (text) => process.stderr.write(`${text}\n`),
    start: begin,
  });
}
