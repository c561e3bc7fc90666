/**
 * People with two devices who move their chat from one to the other and back. The clock runs from the moment when a
 * press was due to `lock:changed` on the device that loses the baton: for so long two screens both say «here».
 */
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import type { Lock } from "@baton/shared/visitor/shapes";
import type { Person } from "./people.ts";
import { Samples } from "./samples.ts";

export type Pressing = {
  /** Each person; in turn from the one device and from the other. */
  pressesEach: number;
  /** All of them are spread evenly over so long. */
  overMs: number;
  /** Waits so long before the first: while other load warms up. */
  afterMs: number;
};

/** From the press, in milliseconds. */
export type Pressed = {
  /** To `lock:changed` on the other device. */
  toldMs: Float64Array;
  /** To the ack on the device where it was pressed. */
  ackedMs: Float64Array;
};

type Told = { told: Samples; acked: Samples };

/** @throws when a press is refused, or the other device is told anything but that the presser holds the next epoch */
export async function pressAll(
  people: readonly Person[],
  { pressesEach, overMs, afterMs }: Pressing,
): Promise<Pressed> {
  const samples = { told: new Samples(), acked: new Samples() };
  const startAt = performance.now() + afterMs;
  const stepMs = overMs / (people.length * pressesEach);
  const move = async (person: Person, place: number): Promise<void> => {
    for (let nth = 0; nth < pressesEach; nth++) {
      const dueAt = startAt + (nth * people.length + place) * stepMs;
      await sleep(Math.max(0, dueAt - performance.now()));
      await press(person, nth, { dueAt, samples });
    }
  };
  await Promise.all(people.map(move));
  return { toldMs: samples.told.all(), ackedMs: samples.acked.all() };
}

async function press(person: Person, nth: number, { dueAt, samples }: { dueAt: number; samples: Told }): Promise<void> {
  const { visitor, connections } = person;
  // The first one has the baton when all begins.
  const place = nth % 2 === 0 ? 1 : 0;
  const [presser, loser] = [connections[place], connections[1 - place]];
  if (!visitor || !presser || !loser) throw new Error("who moves a chat is a visitor with two devices");
  const epoch = visitor.epoch + nth;
  const timed = async <T>(to: Samples, answer: Promise<T>): Promise<T> => {
    const value = await answer;
    to.add(performance.now() - dueAt);
    return value;
  };
  // Listens before it asks: the other device may be told first.
  const told = timed(samples.told, loser.hears<{ lock: Lock }>("lock:changed"));
  const acked = timed(samples.acked, presser.ask<{ lock: Lock }>("session:takeover", { epoch }));
  for (const { lock } of await Promise.all([told, acked])) demand(lock, visitor.deviceIds[place], epoch + 1);
}

function demand({ holder, epoch }: Lock, deviceId: string | undefined, wanted: number): void {
  if (holder?.deviceId === deviceId && epoch === wanted) return;
  throw new Error(`a takeover gave epoch ${epoch} to ${holder?.deviceId}, not ${wanted} to ${deviceId}`);
}
