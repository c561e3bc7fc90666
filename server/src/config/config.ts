/**
 * The configuration: environment and file, read once by main.ts and the command line, frozen, passed down in slices.
 * A wrong one throws ConfigError with every problem at once.
 */
import { resolve } from "node:path";
import type { LogLevel } from "../log.ts";
import { parseRedisUrl, type RedisTarget } from "../redis/address.ts";
import { ConfigError } from "./configError.ts";
import { type ConfigFile, readConfigFile } from "./configFile.ts";
import { deepFreeze } from "./deepFreeze.ts";
import { Environment, environmentRelations } from "./environment.ts";
import { LimitsConfig } from "./limitsConfig.ts";
import { schemaProblems, soundParts } from "./problems.ts";
import { type SiteConfig, toSiteConfig } from "./siteConfig.ts";

export { ConfigError } from "./configError.ts";
export type { LimitsConfig } from "./limitsConfig.ts";
export type { SitePolicy } from "./policy.ts";
export type { SiteConfig } from "./siteConfig.ts";

export type Config = {
  readonly port: number;
  readonly host: string;
  /** Absolute. */
  readonly dataDir: string;
  /** Unset: the embedded Postgres. */
  readonly databaseUrl?: string;
  /** Unset: lock, presence and cache are in memory. */
  readonly redis?: RedisTarget;
  /** 32 bytes. Unset only when embedded: then it is a file in the data folder. */
  readonly masterKey?: Buffer;
  readonly logLevel: LogLevel;
  readonly testClock: boolean;
  /** No BATON_CONFIG: `sites` is empty until main adds the demo site, whose secret is in the data folder. */
  readonly builtInDemo: boolean;
  readonly polling: boolean;
  readonly trustedProxies: readonly string[];
  readonly sites: ReadonlyMap<string, SiteConfig>;
  readonly limits: LimitsConfig;
};

type Env = Record<string, string | undefined>;

/** `NAME=` in a compose file means «not set». */
function withoutEmpty(env: Env): Env {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ""));
}

const NO_FILE: Omit<ConfigFile, "sites"> & { sites: [] } = {
  sites: [],
  limits: LimitsConfig.parse({}),
  trustedProxies: [],
};

type FileAnswer = { file: ConfigFile | typeof NO_FILE } | { problems: readonly string[] };

function fileOf(path: string | undefined): FileAnswer {
  if (path === undefined) return { file: NO_FILE };
  try {
    return readConfigFile(resolve(path));
  } catch (error) {
    if (error instanceof ConfigError) return { problems: error.problems };
    throw error;
  }
}

function toConfig(environment: Environment, file: ConfigFile | typeof NO_FILE): Config {
  const { DATABASE_URL: databaseUrl, REDIS_URL: redisUrl, BATON_MASTER_KEY: masterKey } = environment;
  const redis = redisUrl === undefined ? undefined : parseRedisUrl(redisUrl);
  return {
    port: environment.PORT,
    host: environment.HOST,
    dataDir: resolve(environment.BATON_DATA_DIR),
    ...(databaseUrl === undefined ? {} : { databaseUrl }),
    ...(redis === undefined ? {} : { redis }),
    ...(masterKey === undefined ? {} : { masterKey }),
    logLevel: environment.BATON_LOG_LEVEL,
    testClock: environment.BATON_TEST_CLOCK,
    builtInDemo: environment.BATON_CONFIG === undefined,
    // One process needs no sticky sessions, and a stranger's client begins by polling: docs/decisions/0007.
    polling: file.polling ?? databaseUrl === undefined,
    trustedProxies: file.trustedProxies,
    sites: new Map(file.sites.map((site) => [site.id, toSiteConfig(site)])),
    limits: file.limits,
  };
}

/** Reads nothing but `env` and the file that BATON_CONFIG names. Throws ConfigError. */
export function readConfig(env: Env): Config {
  const given = withoutEmpty(env);
  const environment = Environment.safeParse(given);
  const answer = fileOf(given.BATON_CONFIG);
  const problems = [
    ...(environment.success ? [] : schemaProblems(environment.error, Environment, "the environment")),
    ...environmentRelations(soundParts(Environment, given), given),
    ...("problems" in answer ? answer.problems : []),
  ];
  if (!environment.success || "problems" in answer || problems.length > 0) throw new ConfigError(problems);
  return deepFreeze(toConfig(environment.data, answer.file));
}

/** The configuration with one more site: the built-in demo's, once its port and its secret are known. */
export function withSite(config: Config, site: SiteConfig): Config {
  return deepFreeze({ ...config, sites: new Map([...config.sites, [site.id, site]]) });
}
