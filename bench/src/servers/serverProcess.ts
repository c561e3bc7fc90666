/** A server under measurement, in a process of its own with the probe inside. */
import { type ChildProcess, spawn } from "node:child_process";
import { ask } from "../questions.ts";
import { withManyFiles } from "./openFiles.ts";
import type { Memory, ProbeQuestions } from "./probe.ts";

export type ServerProcess = {
  readonly name: "bare" | "baton";
  readonly port: number;
  readonly pid: number;
  memory(): Promise<Memory>;
  /** Resolves when the process has ended and nothing of it is left. */
  stop(): Promise<void>;
  /** The same by SIGKILL: nothing is finished, nothing is said. */
  kill(): Promise<void>;
};

const STARTS_WITHIN_MS = 60_000;
const STOPS_WITHIN_MS = 45_000;
/** As `npm start` and the image start Baton; the bare server too, so that like is compared with like. */
const AS_OPERATORS_DO = ["--max-semi-space-size=64"];
const PROBE = new URL("./probe.js", import.meta.url).href;

/** What every server is started with. */
export type Surroundings = {
  env: Record<string, string | undefined>;
  /** Whatever is started is added at once: a run that is given up while a server starts stops it too. */
  undo: (() => Promise<void> | void)[];
};

export type Starting = Surroundings & {
  name: "bare" | "baton";
  program: string;
  /** Resolves with the port once the server says it. */
  port: (child: ChildProcess) => Promise<number>;
  /** After the process has ended, however it ended. */
  cleanUp?: () => void;
};

export async function startServer({ name, program, env, undo, port, cleanUp }: Starting): Promise<ServerProcess> {
  // A group of its own: Ctrl-C reaches the conductor alone, which then stops each server once, and politely.
  const flags = [...AS_OPERATORS_DO, "--expose-gc", "--import", PROBE];
  const { command, args } = withManyFiles(process.execPath, [...flags, program]);
  const child = spawn(command, args, {
    env,
    detached: true,
    stdio: ["ignore", "pipe", "inherit", "ipc"],
    serialization: "advanced",
  });
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const end = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
    const force = setTimeout(() => child.kill("SIGKILL"), STOPS_WITHIN_MS);
    await ended;
    clearTimeout(force);
    cleanUp?.();
  };
  // Once, whoever asks: at a second signal Baton ends at once and leaves its Postgres to the next start.
  let ending: Promise<void> | undefined;
  const stop = (): Promise<void> => {
    ending ??= end();
    return ending;
  };
  undo.push(stop);
  try {
    const heard = await withinTime(port(child), ended);
    return {
      name,
      port: heard,
      pid: child.pid ?? 0,
      memory: () => ask<ProbeQuestions, "memory">(child, "memory", null),
      stop,
      kill: () => {
        child.kill("SIGKILL");
        return stop();
      },
    };
  } catch (error) {
    await stop();
    throw new Error(`the ${name} server did not start`, { cause: error });
  }
}

function withinTime(port: Promise<number>, ended: Promise<void>): Promise<number> {
  return new Promise((resolve, reject) => {
    const giveUp = setTimeout(() => reject(new Error("it said no port in time")), STARTS_WITHIN_MS);
    void ended.then(() => reject(new Error("its process has ended")));
    port.then(resolve, reject).finally(() => clearTimeout(giveUp));
  });
}
