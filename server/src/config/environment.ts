/** The environment variables the gateway reads: one schema, from which docs/operations.md is generated too. */
import * as z from "zod";
import { LOG_LEVELS } from "../log.ts";
import { readRedisUrl } from "../redis/address.ts";

const KEY_BYTES = 32;

/** 32 bytes written as base64, base64url or hex; undefined when it is none of them. Never echoed in a problem. */
export function parseMasterKey(text: string): Buffer | undefined {
  const compact = text.trim();
  if (/^[0-9a-fA-F]{64}$/.test(compact)) return Buffer.from(compact, "hex");
  if (!/^[A-Za-z0-9+/_-]{43}=?$/.test(compact)) return undefined;
  const key = Buffer.from(compact, "base64");
  return key.length === KEY_BYTES ? key : undefined;
}

function isPostgresUrl(text: string): boolean {
  return /^postgres(ql)?:\/\//.test(text) && URL.canParse(text);
}

const masterKey = z.string().transform((text, context) => {
  const key = parseMasterKey(text);
  if (key) return key;
  const message = `must be ${KEY_BYTES} bytes in base64 or hex, this is something else. Make one with: openssl rand -base64 ${KEY_BYTES}`;
  context.addIssue({ code: "custom", message });
  return z.NEVER;
});

const onOff = "must be 1 or 0. Set 1 to switch it on, or leave it out";

export const Environment = z.object({
  PORT: z
    .string()
    .regex(/^\d{1,5}$/, "must be a number from 0 to 65535. Set for example PORT=3000")
    .transform(Number)
    .refine((port) => port <= 65_535, "must be a number from 0 to 65535. Set for example PORT=3000")
    .default(3_000)
    .describe("TCP port to listen on; 0 takes any free one."),
  HOST: z
    .string()
    .regex(
      /^[A-Za-z0-9.:_-]+$/,
      "must be an address or a host name, without scheme and port. Set for example HOST=0.0.0.0",
    )
    .default("127.0.0.1")
    .describe("Address to listen on. 0.0.0.0 or :: to be reachable from outside, behind a proxy that speaks TLS."),
  BATON_CONFIG: z
    .string()
    .optional()
    .describe("Path of the configuration file. Unset: one site `demo` for this machine, with a demo page at `/`."),
  BATON_DATA_DIR: z
    .string()
    .default(".baton")
    .describe("Folder of everything the gateway keeps on disk, relative to the working directory."),
  DATABASE_URL: z
    .string()
    .refine(isPostgresUrl, "must be a URL that starts with postgres:// or postgresql://")
    .optional()
    .describe("Your own Postgres. Unset: the gateway runs its own in the data folder."),
  REDIS_URL: z
    .string()
    .superRefine((text, context) => {
      const read = readRedisUrl(text);
      if ("problem" in read) context.addIssue({ code: "custom", message: read.problem });
    })
    .optional()
    .describe(
      "Your own Redis, once there are several nodes: `redis://[user:password@]host:6379[/db]`, `rediss://…` with TLS, `redis+sentinel://host:26379,host2:26379/master[/db]`, `redis+cluster://host:6379,host2:6379`. Unset: this process keeps lock, presence and cache in memory.",
    ),
  BATON_MASTER_KEY: masterKey
    .optional()
    .describe(
      "32 bytes, base64 or hex, that wrap every user's key. Required with `DATABASE_URL`; unset: a file in the data folder.",
    ),
  BATON_LOG_LEVEL: z
    .enum(LOG_LEVELS)
    .default("info")
    .describe("How much is logged: silent, fatal, error, warn, info, debug or trace."),
  BATON_TEST_CLOCK: z
    .enum(["1", "0", "true", "false"], onOff)
    .transform((text) => text === "1" || text === "true")
    .default(false)
    .describe("1: tests may move the clock over HTTP. Only on a loopback address, never in production."),
});
export type Environment = z.output<typeof Environment>;

/** Whether only this machine can connect to an address. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}

/** What no single variable can tell. Judged on the sound ones, so that nothing waits for another mistake's mending. */
export function environmentRelations(sound: Partial<Environment>, env: Record<string, string | undefined>): string[] {
  const problems: string[] = [];
  if (sound.BATON_TEST_CLOCK && sound.HOST !== undefined && !isLoopback(sound.HOST)) {
    problems.push(
      `BATON_TEST_CLOCK: anyone who reaches ${sound.HOST} could move the clock. Leave it out, or set HOST=127.0.0.1.`,
    );
  }
  if (sound.REDIS_URL && !env.DATABASE_URL) {
    problems.push(
      "REDIS_URL: nodes that share a Redis share a database, and the embedded one belongs to one node. Set DATABASE_URL too, or leave REDIS_URL out.",
    );
  }
  if (sound.DATABASE_URL && !env.BATON_MASTER_KEY) {
    // A key file beside one node would leave the database unreadable to every other node, and to its backups.
    problems.push(
      "BATON_MASTER_KEY: is required with DATABASE_URL. Make one with `openssl rand -base64 32`, keep it as safe as the database's backups, and give every node the same.",
    );
  }
  return problems;
}
