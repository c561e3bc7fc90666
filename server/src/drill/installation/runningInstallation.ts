/** An installation that runs already: reached over the wire, and over what its operator hands us. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { nanoid } from "nanoid";
import { CliError } from "../../cli/cliError.ts";
import { signUserToken } from "../../identity/signUserToken.ts";
import { parseRedisUrl } from "../../redis/address.ts";
import type { Target } from "../visitor/line.ts";
import { newPerson } from "../visitor/person.ts";
import type { Installation, Outage, TestClock } from "./installation.ts";
import { createRedisValues, type RedisValues } from "./redisValues.ts";
import { findTestClock } from "./testClock.ts";

export type RunningOptions = {
  url: string;
  site: string;
  origin?: string;
  secret?: string;
  tokenCommand?: string;
  redis?: string;
  disturb?: true;
};
type Env = Record<string, string | undefined>;

const PAUSE_MS = 5_000;
const TOKEN_WITHIN_MS = 15_000;
const TOKEN_TTL_SECONDS = 3_600;
const ANSWERS_WITHIN_MS = 30_000;

export async function runningInstallation(options: RunningOptions, env: Env): Promise<Installation> {
  const target = targetOf(options);
  const clock = await findTestClock(target.url);
  const redis = options.redis === undefined ? undefined : await reachRedis(options.redis);
  const newToken = tokensOf(options, { clock, env });
  return {
    targets: [target],
    about: `${target.url}, site ${target.site}${redis ? `, Redis ${redis.version}` : ""}`,
    isOwn: false,
    hasTokensOfCommand: options.tokenCommand !== undefined,
    ...(clock && { clock }),
    ...(redis && { redis: redis.values }),
    ...(redis && options.disturb && { outage: pauseOf(redis.values) }),
    newPerson: () => newPerson(newToken?.(`baton-drill-${nanoid()}`)),
    close: async () => redis?.values.end(),
  };
}

function targetOf({ url, site, origin }: RunningOptions): Target {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed || !/^https?:$/.test(parsed.protocol)) {
    throw new CliError(`--url ${url} is no URL of a gateway. Write for example https://chat.example.com.`);
  }
  return { url: parsed.origin, site, origin: origin ?? parsed.origin };
}

type TokenParts = { clock: TestClock | undefined; env: Env };

/** For a `sub`, what makes its tokens; undefined for anonymous visitors. */
function tokensOf({ secret, tokenCommand, site }: RunningOptions, { clock, env }: TokenParts) {
  if (tokenCommand !== undefined)
    return (sub: string) => () => tokenByCommand(tokenCommand, { ...env, BATON_USER: sub });
  if (secret === undefined) return undefined;
  return (sub: string) => async () => {
    // The gateway's clock judges it, and that one may have been moved.
    const nowMs = clock ? await clock.advance(0) : Date.now();
    const token = await signUserToken({ id: site, secrets: [secret] }, { sub, ttlSeconds: TOKEN_TTL_SECONDS, nowMs });
    return token ?? "";
  };
}

async function tokenByCommand(command: string, env: Env): Promise<string> {
  const child = spawn(command, { shell: true, env, stdio: ["ignore", "pipe", "inherit"], timeout: TOKEN_WITHIN_MS });
  let said = "";
  child.stdout.on("data", (text) => {
    said += String(text);
  });
  const [code] = await once(child, "close");
  if (code === 0 && said.trim() !== "") return said.trim();
  throw new CliError(
    "--token-command printed no token. It finds the user's sub in BATON_USER, prints a token of the site for it, and exits 0.",
  );
}

async function reachRedis(url: string): Promise<{ values: RedisValues; version: string }> {
  const target = parseRedisUrl(url);
  // Not echoed: it may hold a password.
  if (!target) throw new CliError("--redis is no URL of a Redis. Write for example redis://user:password@host:6379/0.");
  const values = createRedisValues(target);
  try {
    await values.ready();
    return { values, version: await values.version() };
  } catch (cause) {
    values.end();
    throw new CliError("The Redis of --redis does not answer. Give the URL that the gateway has as REDIS_URL.", {
      cause,
    });
  }
}

/** For everybody on that Redis: only when it was asked for. */
function pauseOf(values: RedisValues): Outage {
  let until = 0;
  return {
    how: "paused",
    isOn: () => performance.now() < until,
    async begin() {
      await values.pause(PAUSE_MS);
      until = performance.now() + PAUSE_MS;
    },
    async end() {
      await sleep(Math.max(0, until - performance.now()));
      for (const giveUpAt = performance.now() + ANSWERS_WITHIN_MS; !(await values.answers()); await sleep(100)) {
        if (performance.now() > giveUpAt) throw new Error("Redis was paused for 5 s and does not answer since.");
      }
    },
  };
}
