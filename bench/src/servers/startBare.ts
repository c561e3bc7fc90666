/** Starts the bare Socket.IO server. */
import type { ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type ServerProcess, type Surroundings, startServer } from "./serverProcess.ts";

const PROGRAM = fileURLToPath(new URL("./bareServer.js", import.meta.url));

export function startBare(surroundings: Surroundings): Promise<ServerProcess> {
  return startServer({ ...surroundings, name: "bare", program: PROGRAM, port: toldPort });
}

function toldPort(child: ChildProcess): Promise<number> {
  child.stdout?.resume();
  return new Promise((resolve) => {
    child.on("message", (said: { port?: number }) => {
      if (said.port !== undefined) resolve(said.port);
    });
  });
}
