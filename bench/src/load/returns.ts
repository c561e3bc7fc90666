/** People with a session who come back and have missed some of it: they connect, then open with the rev they know. */
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import type { VisitorData } from "@baton/shared/commands";
import { Connection } from "./connection.ts";
import { clientIdOf, TEXT } from "./messageFrame.ts";
import { type Person, visitorAuth } from "./people.ts";
import { Samples } from "./samples.ts";

export type Returning = { port: number; missed: number; perSecond: number; overMs: number };

/** Milliseconds of each return. */
export type Returned = {
  /** From sending `session:open` to its ack. */
  openMs: Float64Array;
  /** From the moment when the return was due: with TCP, the upgrade and the handshake. */
  wholeMs: Float64Array;
};

/** Somebody who has left; `back`: the connection of the last return. */
export type Absent = { readonly person: Person; readonly rev: number; back: Promise<Connection | undefined> };

/** Writes until the session holds so many messages. @returns its rev */
export async function write(person: Person, messages: number): Promise<number> {
  // The first one began it.
  let rev = 1;
  for (let n = 1; n < messages; n++) {
    const sent = { clientId: clientIdOf(person.owner, n), text: TEXT };
    ({ rev } = await person.writer.ask<{ rev: number }>("message:send", sent));
  }
  return rev;
}

export async function writeAndLeave(person: Person, messages: number): Promise<Absent> {
  const rev = await write(person, messages);
  for (const connection of person.connections) connection.end();
  return { person, rev, back: Promise.resolve(undefined) };
}

/** In turn, when due, whatever the server does. Somebody stays until it is their turn again. */
export async function returnAll(
  absent: readonly Absent[],
  returning: Returning,
  onLost: (error: Error) => void,
): Promise<Returned> {
  const samples = { open: new Samples(), whole: new Samples() };
  const startAt = performance.now();
  const count = Math.floor((returning.perSecond * returning.overMs) / 1_000);
  const comeBack = async ({ person, rev, back }: Absent, dueAt: number): Promise<Connection> => {
    // A server that is still at the last return keeps the next one waiting, which counts.
    (await back)?.end();
    const connection = new Connection(returning.port, onLost);
    samples.open.add(await openAgain({ person, rev }, connection, returning.missed));
    samples.whole.add(performance.now() - dueAt);
    return connection;
  };
  for (let n = 0; n < count; n++) {
    const dueAt = startAt + (n * 1_000) / returning.perSecond;
    await sleep(Math.max(0, dueAt - performance.now()));
    const one = absent[n % absent.length];
    if (one) one.back = comeBack(one, dueAt);
  }
  await Promise.all(absent.map(({ back }) => back));
  return { openMs: samples.open.all(), wholeMs: samples.whole.all() };
}

/** What a server answered is not what it must be: that is no slowness, and ends the run. */
export class WrongAnswer extends Error {}

/** @returns how long `session:open` took @throws WrongAnswer */
export async function openAgain(
  { person, rev }: Pick<Absent, "person" | "rev">,
  connection: Connection,
  missed: number,
): Promise<number> {
  const { visitor, sessionId } = person;
  if (!visitor) throw new Error("only a visitor can come back");
  await connection.join(visitorAuth(visitor.deviceIds[0] ?? "", visitor.token));
  const sentAt = performance.now();
  const resume = { sessionId, rev: rev - missed };
  const snapshot = await connection.ask<VisitorData<"session:open">>("session:open", { resume });
  const tookMs = performance.now() - sentAt;
  const { messages, reset } = snapshot;
  const isWhole = messages.every((message, i) => message.rev === rev - missed + 1 + i);
  if (reset || messages.length !== missed || !isWhole || snapshot.rev !== rev) {
    throw new WrongAnswer(`a return after ${missed} missed messages was told ${messages.length}, reset ${reset}`);
  }
  return tookMs;
}
