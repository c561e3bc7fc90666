/**
 * Damping of many nodes: two devices on two nodes fight no less. While Redis is away each node counts by itself, and the
 * fight is damped there. It protects people from each other and promises nothing about data, so nobody need know.
 */
import { randomUUID } from "node:crypto";
import type { RedisConnection } from "../redis/connect.ts";
import { defineScript } from "../redis/defineScript.ts";
import { keys } from "../redis/keys.ts";
import { createDamping, type Damping, FREE_PRESSES, WAIT_MS, WITHIN_MS } from "./damping.ts";

export type RedisDampingParts = {
  redis: RedisConnection;
  /** While Redis does not answer nobody waits for it. */
  isAnswering?(): boolean;
  /** Something in Redis could not be read and was thrown away. */
  dropped(): void;
  /** For tests. Otherwise by Redis' own clock: real, also under the test clock, and one for all nodes. */
  now?(): number;
  /** Who counts while Redis is away. */
  meanwhile?: Damping;
};

export const pressOnce = defineScript({
  file: new URL("./redisDamping.lua", import.meta.url),
  name: "batonPress",
  keys: ["presses"],
  values: ["now", "press", "free", "withinMs", "waitMs"],
  parse(reply): { waitMs: number; dropped: boolean } {
    const [waitMs, dropped] = Array.isArray(reply) ? reply : [];
    if (typeof waitMs !== "number") throw new Error(`redisDamping.lua answered ${String(reply)}`);
    return { waitMs, dropped: dropped === "dropped" };
  },
});

export function createRedisDamping(parts: RedisDampingParts): Damping {
  const { redis, dropped, now, meanwhile = createDamping(), isAnswering = () => true } = parts;
  return {
    async press(userId) {
      if (!isAnswering()) return meanwhile.press(userId);
      const values = {
        now: now?.() ?? "",
        press: randomUUID(),
        free: FREE_PRESSES,
        withinMs: WITHIN_MS,
        waitMs: WAIT_MS,
      };
      try {
        const answer = await pressOnce(redis, { keys: { presses: keys.presses(userId) }, values });
        if (answer.dropped) dropped();
        return answer.waitMs;
      } catch {
        return meanwhile.press(userId);
      }
    },
  };
}
