/** Ports for the servers of tests, which die and come back on the same one. */
import { randomInt } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";

/**
 * Below those that the system lends to outgoing connections: one of these could take the port of a server that is down,
 * and a client that tries to reach it again and again would in the end connect to itself.
 */
const FIRST = 20_000;
const END = 32_000;
const TRIES = 100;

const given = new Set<number>();

export async function steadyPort(): Promise<number> {
  for (let tries = 0; tries < TRIES; tries++) {
    const port = randomInt(FIRST, END);
    if (given.has(port) || !(await isFree(port))) continue;
    given.add(port);
    return port;
  }
  throw new Error(`no port between ${FIRST} and ${END} is free`);
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer();
  const listens = await new Promise<boolean>((resolve) => {
    probe.once("error", () => resolve(false)).listen(port, "127.0.0.1", () => resolve(true));
  });
  if (!listens) return false;
  probe.close();
  await once(probe, "close");
  return true;
}
