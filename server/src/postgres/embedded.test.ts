import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { connect, eventually, LIMIT, makeDataDir, pidOf, quiet, startHere, untilEnded } from "./embedded.fixture.ts";
import { startEmbeddedPostgres } from "./embedded.ts";

describe("the embedded Postgres", LIMIT, () => {
  it("starts in a folder that does not exist yet and leaves nothing running", async () => {
    const dataDir = join(makeDataDir(), "deeper", "data");
    const server = await startHere(dataDir);
    const pid = pidOf(server);
    const [row] = await connect(server.address)`select lower('ÄÖ') as small, current_setting('fsync') as fsync`;
    expect(row).toEqual({ small: "äö", fsync: "on" });
    await server.stop();
    await server.stop();
    await untilEnded(pid);
    expect(server.pid()).toBeUndefined();
    expect(existsSync(server.address.host)).toBe(false);
    expect(readdirSync(dataDir).sort()).toEqual(["postgres", "postgres.log"]);
  });

  it("is there again, with everything committed, after kill -9", async () => {
    const server = await startHere(makeDataDir());
    const sql = connect(server.address);
    await sql`create table kept (n int primary key)`;
    for (let round = 1; round <= 3; round += 1) {
      // A backend may outlive the postmaster for a moment and answer the count below: this then waits for the restart.
      await eventually(() => sql`insert into kept values (${round}) on conflict do nothing`);
      const pid = await eventually(async () => pidOf(server));
      process.kill(pid, "SIGKILL");
      await untilEnded(pid);
      const rows = await eventually(() => sql`select count(*)::int as n from kept`);
      expect(rows[0]?.n).toBe(round);
      expect(server.pid()).not.toBe(pid);
    }
  });

  it("goes on after one of its backends was killed and Postgres threw all connections out", async () => {
    const server = await startHere(makeDataDir());
    const sql = connect(server.address);
    const [row] = await sql<{
      pid: number;
    }>`select pid from pg_stat_activity where application_name = 'baton folder lock'`;
    process.kill(row?.pid ?? Number.NaN, "SIGKILL");
    await eventually(async () => {
      const [lock] = await sql`select count(*)::int as held from pg_locks where locktype = 'advisory' and granted`;
      expect(lock?.held).toBe(1);
    });
  });

  it("can be stopped in the middle of a restart", async () => {
    const server = await startHere(makeDataDir());
    process.kill(pidOf(server), "SIGKILL");
    await server.stop();
    expect(server.pid()).toBeUndefined();
  });

  it("opens a folder whose pid file names a living stranger", async () => {
    const dataDir = makeDataDir();
    const first = await startHere(dataDir);
    await first.stop();
    const stranger = spawn("sleep", ["60"]);
    writeFileSync(join(dataDir, "postgres", "data", "postmaster.pid"), `${stranger.pid}\n/elsewhere\n`);
    const second = await startHere(dataDir);
    expect(second.pid()).not.toBe(stranger.pid);
    stranger.kill();
  });

  it("throws away what a kill amid initdb left, and begins anew", async () => {
    const dataDir = makeDataDir();
    // No process has this number: Linux gives none above 4194304.
    mkdirSync(join(dataDir, "postgres.new-99999999-abcd", "data", "base"), { recursive: true });
    await startHere(dataDir);
    expect(readdirSync(dataDir).sort()).toEqual(["postgres", "postgres.log"]);
  });

  it("says why it does not start", async () => {
    const options = { dataDir: makeDataDir(), log: quiet, settings: { shared_buffers: "nonsense" } };
    await expect(startEmbeddedPostgres(options)).rejects.toThrow(/does not start:[\s\S]*shared_buffers/);
  });
});
