/** A whole gateway in the test's own process: port 0, real sockets, a database of its own. */
import { randomBytes } from "node:crypto";
import { fileURLToPath } from "node:url";
import { SignJWT } from "jose";
import { inject } from "vitest";
import type { Config, SiteConfig } from "../config/config.ts";
import { builtInDemoSite } from "../config/demoSite.ts";
import { LimitsConfig } from "../config/limitsConfig.ts";
import { PRESETS } from "../config/policy.ts";
import { createGateway, type Gateway } from "../gateway.ts";
import { createLog, type Log } from "../log.ts";
import { createMetrics, type Metrics } from "../metrics.ts";
import { connectPostgres, type DatabaseTarget, type Sql } from "../postgres/connect.ts";
import { parseRedisUrl } from "../redis/address.ts";
import { connectRedis } from "../redis/connect.ts";
import { type TestAuth, TestClient } from "./testClient.ts";

export const SECRET = "a-secret-of-the-tests-32-characters";
const WIDGET_DIR = fileURLToPath(new URL("../../../client-widget/dist/widget/", import.meta.url));

export type TestOptions = {
  site?: Partial<SiteConfig>;
  moreSites?: readonly SiteConfig[];
  limits?: Partial<LimitsConfig>;
  config?: Partial<Config>;
  isAlone?: boolean;
  /** As REDIS_URL would say it. */
  redisUrl?: string;
  /** How long Redis is waited for, where it is the machine that is slow. */
  redisPatienceMs?: number;
  log?: Log;
};

export type TestGateway = {
  readonly url: string;
  readonly sql: Sql;
  readonly metrics: Metrics;
  readonly gateway: Gateway;
  /** Connected, not opened. */
  connect(
    auth?: TestAuth,
    options?: { origin?: string | undefined; headers?: Record<string, string> },
  ): Promise<TestClient>;
  /** Connected and opened. */
  visit(auth?: TestAuth): Promise<TestClient>;
  close(): Promise<void>;
};

/** All gateways of this run meet in one Redis: what is told of one process, or of nodes that are deaf, does not hold. */
export const nodesMeet = inject("redisOfAll") !== undefined;

/** Sends as fast as a test likes. */
export const NO_LIMITS: Partial<LimitsConfig> = {
  userMessageBurst: 1_000_000,
  connectionCommandBurst: 1_000_000,
  userConnections: 10_000,
  userConnectionsPerMinute: 1_000_000,
  addressConnections: 100_000,
  addressConnectionsPerSecond: 100_000,
};

/** A site of which all devices of a person may write. */
export const SHARED: Partial<SiteConfig> = { policy: { ...PRESETS.support, oneDevice: "shared" } };

/** A database of its own on the run's server; dropped by `drop`. */
export async function testDatabase(): Promise<{ target: DatabaseTarget; drop(): Promise<void> }> {
  const address = inject("postgresAddress");
  const name = `test_${randomBytes(8).toString("hex")}`;
  const admin = connectPostgres(address, 1);
  await admin.script(`CREATE DATABASE ${name}`);
  return {
    target: { ...address, database: name },
    drop: async () => {
      await admin.script(`DROP DATABASE ${name} WITH (FORCE)`);
      await admin.end();
    },
  };
}

export function testSite(id: string, more: Partial<SiteConfig> = {}): SiteConfig {
  return { ...builtInDemoSite(0, SECRET), id, allowNonBrowserClients: true, ...more };
}

export const MASTER_KEY = Buffer.alloc(32, 7);

function configOf(options: TestOptions): Config {
  const sites = [testSite("demo", options.site), ...(options.moreSites ?? [])];
  return {
    port: 0,
    host: "127.0.0.1",
    dataDir: "",
    logLevel: "silent",
    testClock: false,
    builtInDemo: false,
    polling: false,
    trustedProxies: [],
    sites: new Map(sites.map((site) => [site.id, site])),
    limits: { ...LimitsConfig.parse({}), drainWindowMs: 1, drainNoticeMs: 1, ...(options.limits ?? NO_LIMITS) },
    ...options.config,
  };
}

/** A gateway on a database that the caller keeps: two of them make two nodes. */
export async function startTestGateway(target: DatabaseTarget, options: TestOptions = {}): Promise<TestGateway> {
  const sql = connectPostgres(target);
  const redisUrl = options.redisUrl ?? inject("redisOfAll");
  const redisTarget = redisUrl === undefined ? undefined : parseRedisUrl(redisUrl);
  const redis = redisTarget && connectRedis(redisTarget, { patienceMs: options.redisPatienceMs });
  const metrics = createMetrics();
  const log = options.log ?? createLog({ level: "silent" });
  const isAlone = options.isAlone ?? false;
  const gateway = await createGateway({
    config: configOf(options),
    sql,
    masterKey: MASTER_KEY,
    log,
    metrics,
    widgetDir: WIDGET_DIR,
    isAlone,
    redis,
  });
  const port = await gateway.listen().catch(async (error) => {
    await gateway.close();
    redis?.end();
    await sql.end();
    throw error;
  });
  const url = `http://127.0.0.1:${port}`;
  const clients: TestClient[] = [];

  async function connect(
    auth?: TestAuth,
    how?: { origin?: string | undefined; headers?: Record<string, string> },
  ): Promise<TestClient> {
    const client = new TestClient(url, auth, how ?? { origin: undefined });
    clients.push(client);
    return client.connected();
  }

  return {
    url,
    sql,
    metrics,
    gateway,
    connect,
    async visit(auth) {
      const client = await connect(auth);
      await client.open();
      return client;
    },
    async close() {
      for (const client of clients) client.close();
      await gateway.close();
      redis?.end();
      await sql.end();
      const faults = clients.flatMap((client) => client.faults);
      if (faults.length > 0) throw new Error(`not as shared declares it:\n${faults.join("\n")}`);
    },
  };
}

/** One gateway on a database of its own. */
export async function testGateway(options: TestOptions = {}): Promise<TestGateway> {
  const database = await testDatabase();
  const gateway = await startTestGateway(database.target, options);
  return {
    ...gateway,
    async close() {
      await gateway.close().finally(() => database.drop());
    },
  };
}

/** What the site's back end would sign. */
export function userToken(sub: string, claims: Record<string, unknown> = {}, site = "demo"): Promise<string> {
  const now = Math.floor(Date.now() / 1_000);
  return new SignJWT({ sub, aud: site, iat: now, exp: now + 3_600, ...claims })
    .setProtectedHeader({ alg: "HS256" })
    .sign(new TextEncoder().encode(SECRET));
}
