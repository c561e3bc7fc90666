/** A script is a function: named keys and values in, a parsed reply out. The text is sent once; lost, it is sent again. */
import { readFileSync } from "node:fs";
import type { RedisConnection } from "./connect.ts";

export type Script<Key extends string, Value extends string, Reply> = (
  redis: RedisConnection,
  input: { readonly keys: Record<Key, string>; readonly values: Record<Value, string | number | Buffer> },
) => Promise<Reply>;

export type ScriptOf<Key extends string, Value extends string, Reply> = {
  /** Of the .lua file beside its only caller: `new URL("./claim.lua", import.meta.url)`. */
  file: URL;
  /** Unique among all scripts. */
  name: string;
  /** In the order of KEYS; all in one slot. */
  keys: readonly Key[];
  /** In the order of ARGV. */
  values: readonly Value[];
  /** Throws for what the script's header does not list. */
  parse(reply: unknown): Reply;
};

type Command = (...args: readonly (string | number | Buffer)[]) => Promise<unknown>;

/** What the scripts have in common. */
const prelude = readFileSync(new URL("./prelude.lua", import.meta.url), "utf8");

export function defineScript<const Key extends string, const Value extends string, Reply>(
  script: ScriptOf<Key, Value, Reply>,
): Script<Key, Value, Reply> {
  const lua = prelude + readFileSync(script.file, "utf8");
  const numberOfKeys = script.keys.length;

  return async (redis, { keys, values }) => {
    if (!(script.name in redis)) redis.defineCommand(script.name, { lua, numberOfKeys });
    const run = Reflect.get(redis, script.name) as Command;
    const inOrder = [...script.keys.map((key) => keys[key]), ...script.values.map((value) => values[value])];
    return script.parse(await run.apply(redis, inOrder));
  };
}
