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

const FORM = /^(rediss?)(\+sentinel|\+cluster)?:\/\/(?:([^:@/]*)(?::([^@/]*))?@)?([^/?#@]+)((?:\/[^/?#]*)*)$/;
const HOST = /^(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(?::(\d{1,5}))?$/;
const REDIS_PORT = 6_379;
const SENTINEL_PORT = 26_379;
const MOST_DATABASES = 16_384;

/** Undefined for anything else. Never echo the text: it may hold a password. */
export function parseRedisUrl(text: string): RedisTarget | undefined {
  const [, scheme, suffix, user, secret, authority = "", path = ""] = FORM.exec(text) ?? [];
  if (scheme === undefined) return undefined;
  const hosts = hostsOf(authority, suffix === "+sentinel" ? SENTINEL_PORT : REDIS_PORT);
  const account = accountOf(scheme, user, secret);
  const parts = path.split("/").filter((part) => part !== "");
  if (!hosts || !account) return undefined;
  if (suffix === "+cluster") return parts.length === 0 ? { kind: "cluster", nodes: hosts, ...account } : undefined;
  if (suffix === "+sentinel") return sentinelOf(hosts, parts, account);
  const [at, ...more] = hosts;
  const db = databaseOf(parts[0]);
  if (!at || more.length > 0 || parts.length > 1 || db === undefined) return undefined;
  return { kind: "single", at, db, ...account };
}

function sentinelOf(sentinels: readonly RedisHost[], parts: readonly string[], account: RedisAccount) {
  const [name, database, ...more] = parts;
  const db = databaseOf(database);
  if (name === undefined || db === undefined || more.length > 0) return undefined;
  return { kind: "sentinel" as const, sentinels, name, db, ...account };
}

function hostsOf(authority: string, byDefault: number): RedisHost[] | undefined {
  const hosts = authority.split(",").map((text) => HOST.exec(text));
  if (hosts.some((host) => host === null || Number(host[2] ?? 1) > 65_535)) return undefined;
  return hosts.flatMap((host) => (host?.[1] ? [{ host: bare(host[1]), port: Number(host[2] ?? byDefault) }] : []));
}

function bare(host: string): string {
  return host.startsWith("[") ? host.slice(1, -1) : host;
}

function accountOf(scheme: string, user: string | undefined, secret: string | undefined): RedisAccount | undefined {
  try {
    return {
      tls: scheme === "rediss",
      ...(user && { username: decodeURIComponent(user) }),
      ...(secret && { password: decodeURIComponent(secret) }),
    };
  } catch {
    return undefined;
  }
}

function databaseOf(text: string | undefined): number | undefined {
  if (text === undefined) return 0;
  return /^\d{1,5}$/.test(text) && Number(text) < MOST_DATABASES ? Number(text) : undefined;
}
