/**
 * All connections end at once and their people come back as widgets do: after a random part of a second, with 10 s for
 * connecting and 10 s for the answer, and after a failure with twice the pause (client-widget/src/connection/jitter.ts).
 * Back is who has opened and was told all that was missed.
 */
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { Connection, RefusedCommand } from "./connection.ts";
import type { Member } from "./crowd.ts";
import { openAgain, WrongAnswer } from "./returns.ts";
import { Samples } from "./samples.ts";

export type Storming = {
  /** Where they come back. */
  port: number;
  /** Otherwise somebody else ends the connections, once this is asked. */
  cut: boolean;
  missed: number;
  withinMs: number;
};

export type Stormed = {
  /** From the first connection's end until this one was back. */
  backMs: Float64Array;
  /** Of `session:open` alone, in the try that succeeded. */
  openMs: Float64Array;
  /** Who was not back within the time. */
  away: number;
  /** Tries that failed. */
  failed: number;
};

const PATIENCE_MS = 10_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;

export async function storm(crowd: readonly Member[], storming: Storming): Promise<Stormed> {
  const back = new Samples();
  const open = new Samples();
  let [away, failed, since] = [0, 0, 0];
  const comeBack = async (member: Member): Promise<void> => {
    if (since === 0) since = performance.now();
    const returned = await tryUntilBack(member, storming, since + storming.withinMs);
    failed += returned.failed;
    if (returned.openMs === undefined) {
      away += 1;
      return;
    }
    back.add(performance.now() - since);
    open.add(returned.openMs);
  };
  const lost = crowd.map(whenLost);
  if (storming.cut) {
    since = performance.now();
    for (const { connection } of crowd) connection.cut();
  }
  await Promise.all(lost.map((loss, i) => loss.then(() => comeBack(crowd[i] as Member))));
  return { backMs: back.all(), openMs: open.all(), away, failed };
}

function whenLost({ connection }: Member): Promise<void> {
  return new Promise((resolve) => {
    connection.onLost = () => resolve();
    if (connection.hasEnded) resolve();
  });
}

type Returned = { failed: number; openMs: number | undefined };

async function tryUntilBack(member: Member, { port, missed }: Storming, until: number): Promise<Returned> {
  let pauseMs = fullJitter(0);
  for (let failed = 0; ; failed++) {
    await sleep(pauseMs);
    if (performance.now() > until) return { failed, openMs: undefined };
    const connection = new Connection(port, () => {}, PATIENCE_MS);
    try {
      const openMs = await openAgain(member, connection, missed);
      member.connection = connection;
      return { failed, openMs };
    } catch (error) {
      connection.end();
      if (error instanceof WrongAnswer) throw error;
      pauseMs = (error instanceof RefusedCommand ? error.retryAfterMs : undefined) ?? fullJitter(failed + 1);
    }
  }
}

function fullJitter(attempt: number): number {
  return Math.random() * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** attempt);
}
