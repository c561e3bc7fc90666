// A gateway that is told to stop, while it starts and when it serves: whatever it has started by then ends with it.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { GatewayProcess, gatewayHome } from "../gatewayProcess.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

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

/** As in a terminal of its own: Ctrl-C reaches everything that was started there, SIGTERM what it is said to. */
function tell(child: ChildProcess, signal: "SIGINT" | "SIGTERM" | "SIGKILL"): void {
  if (child.pid !== undefined) process.kill(signal === "SIGTERM" ? child.pid : -child.pid, signal);
}

async function serves(url: string): Promise<void> {
  const isReady = () => fetch(`${url}/readyz`).then(({ ok }) => ok);
  while (!(await isReady().catch(() => false))) await sleep(50);
}

test.runIf(process.platform === "linux").each(["SIGINT", "SIGTERM"] as const)(
  "`npm start` serves, at %s everything that it started ends with it, and it serves again",
  async (signal) => {
    const home = await gatewayHome();
    onTestFinished(() => home.remove());
    for (const _start of ["first", "second"]) {
      const env = { ...process.env, ...home.env };
      const child = spawn("npm", ["start"], { cwd: ROOT, env, detached: true, stdio: "ignore" });
      const ended = once(child, "exit");
      onTestFinished(() => {
        if (processesOf(home.dataDir).length > 0) tell(child, "SIGKILL");
      });
      await serves(home.url);
      tell(child, signal);
      await ended;
      while (processesOf(home.dataDir).length > 0) await sleep(50);
    }
  },
  120_000,
);
