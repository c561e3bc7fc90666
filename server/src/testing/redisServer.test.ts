// What the tests' own Redis promises to the tests.
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { RedisServer } from "./redisServer.ts";
import { steadyPort } from "./steadyPort.ts";

test("one in cluster mode does not mind who has the port beside its own, and comes back with all slots", async () => {
  const folder = mkdtempSync(join(tmpdir(), "baton-redis-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const port = await steadyPort();
  const neighbour = createServer().listen(port + 1, "127.0.0.1");
  // Whether it is ours or somebody else's: it is taken.
  await Promise.race([once(neighbour, "listening"), once(neighbour, "error")]).catch(() => {});
  onTestFinished(() => void neighbour.close());
  const server = new RedisServer(port, { folder, isCluster: true });
  onTestFinished(() => server.kill());
  await server.start();
  await server.restart();
  expect(await server.ask("CLUSTER", "INFO")).toContain("cluster_slots_assigned:16384");
  await server.restart({ empty: true });
  expect(await server.ask("SET", "greeting", "hello")).toBe("OK");
});
