import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, inject, onTestFinished, test } from "vitest";
import { linkToRedis, PATIENT, startRedisServer } from "../testing/redisServer.ts";
import { parseRedisUrl } from "./address.ts";
import { connectRedis } from "./connect.ts";

// Asked before the link was checked to be ready, a subscription broke it, and was forgotten when it was made anew.
test("what is listened to as soon as the link is there is heard, and the link is made but once", async () => {
  const target = parseRedisUrl(inject("redisUrl"));
  if (!target) throw new Error("no address of a Redis");
  const { subscriber, end } = connectRedis(target);
  onTestFinished(end);
  let reconnects = 0;
  subscriber.on("reconnecting", () => {
    reconnects += 1;
  });
  await once(subscriber, "connect");
  const pattern = "baton-test-of-listening*";
  await subscriber.psubscribe(pattern);
  await subscriber.subscribe("baton-test-of-listening-too");
  const other = await linkToRedis(inject("redisUrl"));
  onTestFinished(() => other.end());
  const heard = once(subscriber, "pmessageBuffer");
  await other.commands.publish("baton-test-of-listening-to-a-pattern", "hello");
  expect((await heard).map(String)).toEqual([pattern, "baton-test-of-listening-to-a-pattern", "hello"]);
  expect(reconnects).toBe(0);
});

test("a master that became a replica is left once, however much was under way, and what takes its place is found", async () => {
  const folder = mkdtempSync(join(tmpdir(), "baton-replica-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const server = await startRedisServer({ folder });
  onTestFinished(() => server.kill());
  const { commands, end } = await linkToRedis(server.url, PATIENT);
  onTestFinished(end);
  const warnings: Error[] = [];
  const note = (warning: Error): void => void warnings.push(warning);
  process.on("warning", note);
  onTestFinished(() => void process.off("warning", note));

  await server.ask("REPLICAOF", "127.0.0.1", "1");
  const gone = once(commands, "close");
  const writes = await Promise.allSettled(Array.from({ length: 30 }, (_, i) => commands.set(`key ${i}`, "x")));
  for (const write of writes) expect(String(write.status === "rejected" && write.reason)).toMatch(/READONLY|closed/);
  await gone;
  await server.ask("REPLICAOF", "NO", "ONE");
  await expect.poll(() => commands.set("key", "x").catch(String), { timeout: 15_000 }).toBe("OK");
  expect(warnings).toEqual([]);
});
