// A gateway that is told to stop while it starts: whatever it has started by then ends with it.
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { GatewayProcess, gatewayHome } from "../gatewayProcess.ts";

/** Polled: the process says nothing of what it does to its folder. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await sleep(1);
}

/** What a process has to do with: its command line, its folder, its open files. Postgres' output goes to the data folder. */
function tracesOf(pid: string): string {
  const read = (look: () => string): string => {
    try {
      return look();
    } catch {
      return "";
    }
  };
  const files = (): string[] => {
    try {
      return readdirSync(`/proc/${pid}/fd`);
    } catch {
      return [];
    }
  };
  return [
    read(() => readFileSync(`/proc/${pid}/cmdline`, "utf8")),
    read(() => readlinkSync(`/proc/${pid}/cwd`)),
    ...files().map((file) => read(() => readlinkSync(`/proc/${pid}/fd/${file}`))),
  ].join("\n");
}

function processesOf(dataDir: string): string[] {
  const all = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && name !== String(process.pid));
  return all.filter((pid) => tracesOf(pid).includes(dataDir));
}

const moments: [string, (dataDir: string) => boolean][] = [
  ["its folder is being made", (dataDir) => readdirSync(dataDir).some((name) => name.startsWith("postgres.new-"))],
  ["its folder has just been made", (dataDir) => existsSync(join(dataDir, "postgres"))],
  ["its Postgres is starting", (dataDir) => existsSync(join(dataDir, "postgres", "data", "postmaster.pid"))],
];

// Who is left over is read from /proc.
test.runIf(process.platform === "linux").each(moments)(
  "told to stop while %s, a gateway leaves no process behind, and the next start works",
  async (_, hasCome) => {
    const home = await gatewayHome();
    const gateway = new GatewayProcess(home);
    onTestFinished(async () => {
      await gateway.stop();
      home.remove();
    });
    const child = gateway.spawn();
    await until(() => hasCome(home.dataDir));
    child.kill("SIGTERM");
    expect(await once(child, "exit")).toEqual([0, null]);
    expect(processesOf(home.dataDir)).toEqual([]);
    await gateway.start();
    expect(processesOf(home.dataDir)).not.toEqual([]);
  },
);
