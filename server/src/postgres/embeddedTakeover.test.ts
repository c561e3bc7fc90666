import { describe, expect, it } from "vitest";
import type { Sql } from "./connect.ts";
import {
  connect,
  eventually,
  LIMIT,
  makeDataDir,
  pidOf,
  spawnGateway,
  startHere,
  untilEnded,
} from "./embedded.fixture.ts";

/** Who says that they wait stands in the line a moment later: until then the lock may be had again past them. */
async function untilInLine(sql: Sql): Promise<void> {
  await eventually(async () => {
    const waiting = await sql`select from pg_locks where locktype = 'advisory' and not granted`;
    expect(waiting).toHaveLength(1);
  });
}

describe("one gateway per data folder", LIMIT, () => {
  it("a server that a killed gateway left running is used again", async () => {
    const dataDir = makeDataDir();
    const killed = spawnGateway(dataDir);
    const pid = await killed.ready;
    await killed.kill("SIGKILL");
    const next = await startHere(dataDir);
    expect(next.pid()).toBe(pid);
  });

  it("a server found running is watched like an own one, and stopped at the end", async () => {
    const dataDir = makeDataDir();
    const killed = spawnGateway(dataDir);
    const first = await killed.ready;
    await killed.kill("SIGKILL");
    const next = await startHere(dataDir);
    const sql = connect(next.address);
    process.kill(first, "SIGKILL");
    await untilEnded(first);
    await eventually(() => sql`select 1`);
    const second = pidOf(next);
    await next.stop();
    await untilEnded(second);
  });

  it("a second one says that it waits, and is let in when the first is killed", async () => {
    const dataDir = makeDataDir();
    const first = spawnGateway(dataDir);
    const pid = await first.ready;
    const second = spawnGateway(dataDir);
    await second.waiting;
    await first.kill("SIGKILL");
    expect(await second.ready).toBe(pid);
  });

  it("a second one is let in when the first ends as asked", async () => {
    const dataDir = makeDataDir();
    const first = spawnGateway(dataDir);
    const pid = await first.ready;
    const second = spawnGateway(dataDir);
    await second.waiting;
    await first.kill("SIGTERM");
    expect(await second.ready).not.toBe(pid);
  });

  it("a second one is let in when the first and the server are killed at once", async () => {
    const dataDir = makeDataDir();
    const first = spawnGateway(dataDir);
    const pid = await first.ready;
    const second = spawnGateway(dataDir);
    await second.waiting;
    process.kill(pid, "SIGKILL");
    await first.kill("SIGKILL");
    expect(await second.ready).not.toBe(pid);
  });

  it("the holder keeps the folder when its server crashes while another waits", async () => {
    const dataDir = makeDataDir();
    const holder = await startHere(dataDir);
    const waiting = spawnGateway(dataDir);
    await waiting.waiting;
    await untilInLine(connect(holder.address));
    const pid = pidOf(holder);
    process.kill(pid, "SIGKILL");
    await untilEnded(pid);
    await waiting.waitingAgain;
    await connect(holder.address)`select 1`;
  });

  it("a holder that lost the folder for good says so and leaves the server to the other", async () => {
    const dataDir = makeDataDir();
    const losses: Error[] = [];
    const holder = await startHere(dataDir, { onLost: (reason) => losses.push(reason) });
    const other = spawnGateway(dataDir);
    await other.waiting;
    const sql = connect(holder.address);
    await untilInLine(sql);
    await sql`
      select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and granted`;
    const pid = await other.ready;
    await eventually(async () => expect(losses[0]?.message).toContain(dataDir));
    await holder.stop();
    expect(holder.pid()).toBe(pid);
  });

  it("of two first starts at once one makes the folder and the other waits for it", async () => {
    const dataDir = makeDataDir();
    const both = [spawnGateway(dataDir), spawnGateway(dataDir)];
    const held = await Promise.race(both.map((gateway) => gateway.ready.then(() => gateway)));
    await Promise.race(both.map((gateway) => gateway.waiting));
    const other = both.find((gateway) => gateway !== held);
    await held.kill("SIGTERM");
    expect(await other?.ready).toBeGreaterThan(0);
  });

  it("a gateway that waits can be told to end, and the holder's server stays", async () => {
    const dataDir = makeDataDir();
    const holder = await startHere(dataDir);
    const waiting = spawnGateway(dataDir);
    await waiting.waiting;
    await waiting.kill("SIGTERM");
    expect(waiting.child.exitCode).toBe(0);
    await connect(holder.address)`select 1`;
  });
});
