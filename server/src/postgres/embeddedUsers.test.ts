import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, lstatSync, mkdirSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { copyForEveryone } from "./binariesCopy.ts";
import { connect, eventually, LIMIT, makeDataDir, pidOf, startHere, untilEnded } from "./embedded.fixture.ts";
import { findPackage } from "./postgresBinaries.ts";
import { makeSocketFolder } from "./socketFolder.ts";
import { findSystemUser } from "./unprivileged.ts";

const isRoot = process.getuid?.() === 0;
const nobody = { uid: 65_534, gid: 65_534 };

describe.runIf(isRoot)("started as root", LIMIT, () => {
  it("keeps its data below a folder that only root may enter, and survives kill -9 there", async () => {
    const home = makeDataDir();
    chmodSync(home, 0o700);
    const server = await startHere(join(home, "checkout", ".baton"));
    expect(statSync(`/proc/${server.pid()}`).uid).not.toBe(0);
    const sql = connect(server.address);
    await sql`create database another`;
    await sql`checkpoint`;
    const pid = pidOf(server);
    process.kill(pid, "SIGKILL");
    await untilEnded(pid);
    await eventually(() => sql`select count(*) from pg_database where datname = 'another'`);
    expect(statSync(home).mode & 0o777).toBe(0o700);
  });

  it("takes the programs to where others can run them", () => {
    const cache = join(makeDataDir(), "cache");
    const original = join(findPackage(), "native");
    const copy = copyForEveryone(original, "1", cache);
    expect(statSync(join(copy, "bin", "postgres")).mode & 0o777).toBe(0o755);
    expect(lstatSync(join(copy, "lib", "libpq.so.5")).isSymbolicLink()).toBe(true);
    expect(copyForEveryone(original, "1", cache)).toBe(copy);
    chmodSync(copy, 0o777);
    expect(() => copyForEveryone(original, "1", cache)).toThrow(/Remove it/);
  });

  it("goes on with data that an ordinary user's gateway made, as that user", async () => {
    const dataDir = makeDataDir();
    const first = await startHere(dataDir);
    await first.stop();
    execFileSync("chown", ["-R", `${nobody.uid}:${nobody.gid}`, dataDir]);
    const server = await startHere(dataDir);
    expect(statSync(`/proc/${server.pid()}`).uid).toBe(nobody.uid);
  });
});

describe("the socket's folder", () => {
  it("is refused when others may enter it, or when it is a link", () => {
    const open = join(makeDataDir(), "open");
    mkdirSync(open, { mode: 0o755 });
    expect(() => makeSocketFolder(open, undefined)).toThrow(/Remove it/);
    const link = `${open}-link`;
    symlinkSync(open, link);
    expect(() => makeSocketFolder(link, undefined)).toThrow(/Remove it/);
  });

  it.runIf(isRoot)("is refused when it is somebody else's", () => {
    const folder = join(makeDataDir(), "foreign");
    mkdirSync(folder, { mode: 0o700 });
    chownSync(folder, 1, 1);
    expect(() => makeSocketFolder(folder, nobody)).toThrow(/Remove it/);
  });
});

describe("the programs", () => {
  it("a platform without them is told to bring its own database", () => {
    expect(() => findPackage("plan9", "pdp11")).toThrow(/DATABASE_URL/);
  });
});

describe("the user Postgres runs as", () => {
  it("is postgres, else nobody, never root under another name", () => {
    const nobodyLine = "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin";
    expect(findSystemUser(`root:x:0:0::/:/bin/sh\n${nobodyLine}\npostgres:x:101:104::/:/bin/sh`)).toEqual({
      uid: 101,
      gid: 104,
    });
    expect(findSystemUser(`postgres:x:0:0::/:/bin/sh\n${nobodyLine}`)).toEqual(nobody);
    expect(findSystemUser("root:x:0:0::/:/bin/sh")).toBeUndefined();
  });
});
