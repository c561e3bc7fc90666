/** REDIS_URL in its three forms. PURE. Ours are two more than the registered one, because no scheme names Sentinel or Cluster. */
export type RedisHost = { readonly host: string; readonly port: number };

export type RedisAccount = {
  readonly tls: boolean;
  readonly username?: string;
  readonly password?: string;
};

export type RedisTarget =
  | (RedisAccount & { readonly kind: "single"; readonly at: RedisHost; readonly db: number })
  | (RedisAccount & {
      readonly kind: "sentinel";
      readonly sentinels: readonly RedisHost[];
      /** The name of the master, as the Sentinels know it. */
      readonly name: string;
      readonly db: number;
    })
  | (RedisAccount & { readonly kind: "cluster"; readonly nodes: readonly RedisHost[] });

const SCHEME = /^(rediss?)(\+sentinel|\+cluster)?:\/\/(.*)$/;
const REST = /^(?:([^:@/]*)(?::([^@/]*))?@)?([^/?#@]*)((?:\/[^/?#]*)*)$/;
const HOST = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(?::(\d+))?$/;
const REDIS_PORT = 6_379;
const SENTINEL_PORT = 26_379;
const MOST_DATABASES = 16_384;

/** Cause and mend. Never a part of the text: it may hold a password, and where is not known when it is wrong. */
class WrongUrl extends Error {}

const ENCODE =
  "has a special character where none can be. Write those of user and password as %40 for @, %2F for /, %3A for :, %25 for %";

export function readRedisUrl(text: string): RedisTarget | { readonly problem: string } {
  try {
    return targetOf(text);
  } catch (error) {
    if (!(error instanceof WrongUrl)) throw error;
    return { problem: hasAtBehindSlash(text) ? ENCODE : error.message };
  }
}

/** Undefined for anything else. */
export function parseRedisUrl(text: string): RedisTarget | undefined {
  const read = readRedisUrl(text);
  return "problem" in read ? undefined : read;
}

/** A password's `/` ends the host before it was reached. */
function hasAtBehindSlash(text: string): boolean {
  return /:\/\/[^@]*\/.*@/.test(text);
}

function targetOf(text: string): RedisTarget {
  const [, scheme, suffix, rest = ""] = SCHEME.exec(text) ?? [];
  if (scheme === undefined)
    throw new WrongUrl(
      "does not begin as it must. Begin with redis://, rediss:// (TLS), redis+sentinel:// or redis+cluster://",
    );
  const [matched, user, secret, authority = "", path = ""] = REST.exec(rest) ?? [];
  if (matched === undefined) throw new WrongUrl(/[?#][^@]*$/.test(rest) ? OPTIONS : ENCODE);
  const hosts = authority.split(",").map((host) => hostOf(host, suffix === "+sentinel" ? SENTINEL_PORT : REDIS_PORT));
  const account = accountOf(scheme, user, secret);
  const parts = path.split("/").filter((part) => part !== "");
  if (suffix === "+cluster") return clusterOf(hosts, parts, account);
  if (suffix === "+sentinel") return sentinelOf(hosts, parts, account);
  return singleOf(hosts, parts, account);
}

const OPTIONS = "has a ? or a #, behind which nothing is read. Leave it out, with what follows";

function singleOf(hosts: readonly RedisHost[], parts: readonly string[], account: RedisAccount): RedisTarget {
  const [at, ...others] = hosts;
  if (!at || others.length > 0)
    throw new WrongUrl(
      "names several hosts, and redis:// has one. Write redis+sentinel://host,host2/master or redis+cluster://host,host2, or name one host",
    );
  return { kind: "single", at, db: databaseOf(parts), ...account };
}

function sentinelOf(sentinels: readonly RedisHost[], parts: readonly string[], account: RedisAccount): RedisTarget {
  const [name, ...database] = parts;
  if (name === undefined)
    throw new WrongUrl(
      "does not name the master. Write the name that the Sentinels know behind the hosts: redis+sentinel://host:26379/mymaster",
    );
  return { kind: "sentinel", sentinels, name, db: databaseOf(database), ...account };
}

function clusterOf(nodes: readonly RedisHost[], parts: readonly string[], account: RedisAccount): RedisTarget {
  if (parts.length > 0)
    throw new WrongUrl("has something behind the hosts, and a cluster has one database only, 0. End it with the hosts");
  return { kind: "cluster", nodes, ...account };
}

function hostOf(text: string, byDefault: number): RedisHost {
  if (!text.startsWith("[") && text.split(":").length > 2)
    throw new WrongUrl("has a host with several colons. Write an IPv6 address in brackets: redis://[::1]:6379");
  if (text === "" || text.startsWith(":")) throw new WrongUrl("names no host. Write for example redis://cache:6379");
  const [, host, port] = HOST.exec(text) ?? [];
  if (host === undefined)
    throw new WrongUrl(
      "has a host or a port that is none. Write for example redis://cache:6379, and an @ between password and host",
    );
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65_535))
    throw new WrongUrl("has a port that does not exist. Write one from 1 to 65535");
  return { host: host.startsWith("[") ? host.slice(1, -1) : host, port: Number(port ?? byDefault) };
}

function accountOf(scheme: string, user: string | undefined, secret: string | undefined): RedisAccount {
  try {
    return {
      tls: scheme === "rediss",
      ...(user && { username: decodeURIComponent(user) }),
      ...(secret && { password: decodeURIComponent(secret) }),
    };
  } catch {
    throw new WrongUrl("has a % in user or password that begins no character. Write a % itself as %25");
  }
}

function databaseOf([text, ...more]: readonly string[]): number {
  if (text === undefined) return 0;
  if (more.length === 0 && /^\d{1,5}$/.test(text) && Number(text) < MOST_DATABASES) return Number(text);
  throw new WrongUrl(
    "ends with something that is no number of a database. Write for example redis://cache:6379/0, or nothing behind the last /",
  );
}
