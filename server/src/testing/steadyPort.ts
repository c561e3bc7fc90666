/** Ports for the servers of tests, which die and come back on the same one. */
import { randomInt } from "node:crypto";
import { createSocket, type Socket } from "node:dgram";
import { once } from "node:events";
import { createServer } from "node:net";

/**
 * Below those that the system lends to outgoing connections: one of these could take the port of a server that is down,
 * and a client that tries to reach it again and again would in the end connect to itself.
 */
const FIRST = 20_000;
const END = 32_000;
const TRIES = 100;

/** Its own until this process ends: no other that asks here is given it, whether a server listens on it or not. */
export async function steadyPort(): Promise<number> {
  for (let tries = 0; tries < TRIES; tries++) {
    const port = randomInt(FIRST, END);
    const claim = await claimed(port);
    if (!claim) continue;
    if (await isFree(port)) return port;
    claim.close();
  }
  throw new Error(`no port between ${FIRST} and ${END} is free`);
}

/**
 * UDP has ports of its own: holding one there leaves the other to its server. The system sees to it that only one process
 * has it, and takes it back from whoever dies.
 */
async function claimed(port: number): Promise<Socket | undefined> {
  const claim = createSocket("udp4");
  const isOurs = await new Promise<boolean>((resolve) => {
    claim
      .once("error", () => resolve(false))
      .bind({ port, address: "127.0.0.1", exclusive: true }, () => resolve(true));
  });
  if (isOurs) return claim.unref();
  claim.close();
  return undefined;
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
