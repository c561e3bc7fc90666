/** Starts the bare Socket.IO server. */
import type { ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type ServerProcess, startServer } from "./serverProcess.ts";

const PROGRAM = fileURLToPath(new URL("./bareServer.js", import.meta.url));

export function startBare(env: Record<string, string | undefined>): Promise<ServerProcess> {
  return startServer({ name: "bare", program: PROGRAM, env, port: toldPort });
}

function toldPort(child: ChildProcess): Promise<number> {
  child.stdout?.resume();
  return new Promise((resolve) => {
    child.on("message", (said: { port?: number }) => {
      if (said.port !== undefined) resolve(said.port);
    });
  });
}
