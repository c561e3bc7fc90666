/** Many people with a session each who only keep their connection; then every one of them asks something. */
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import type { VisitorData } from "@baton/shared/commands";
import type { Connection } from "./connection.ts";
import type { Person } from "./people.ts";
import { WrongAnswer, write } from "./returns.ts";
import { Samples } from "./samples.ts";

/** `rev`: of their session, which nobody else writes to. */
export type Member = { readonly person: Person; readonly rev: number; connection: Connection };

export type Asked = {
  /** From the moment when the question was due to its answer. */
  answerMs: Float64Array;
  /** Whose connection was lost, or who got no answer. */
  silent: number;
};

/** At the same time; more would only wait in the server. */
const WRITING_AT_ONCE = 40;

/** @param messages that each session holds then */
export async function gather(people: readonly Person[], messages: number): Promise<Member[]> {
  const members: Member[] = [];
  const waiting = people.values();
  const work = async (): Promise<void> => {
    for (const person of waiting) {
      members.push({ person, rev: await write(person, messages), connection: person.writer });
    }
  };
  await Promise.all(Array.from({ length: WRITING_AT_ONCE }, work));
  return members;
}

/** `sync`, of everyone, spread evenly. @throws WrongAnswer when somebody's session is not as they left it */
export async function askAll(crowd: readonly Member[], perSecond: number): Promise<Asked> {
  const samples = new Samples();
  let silent = 0;
  const startAt = performance.now();
  const askOne = async ({ person, rev, connection }: Member, place: number): Promise<void> => {
    const dueAt = startAt + (place * 1_000) / perSecond;
    await sleep(Math.max(0, dueAt - performance.now()));
    const answer = connection.hasEnded ? undefined : await sync(connection, person.sessionId, rev);
    if (!answer) silent += 1;
    else if (isAsLeft(answer, rev)) samples.add(performance.now() - dueAt);
    else throw new WrongAnswer(`an idle session at rev ${rev} was told to be at ${answer.rev}`);
  };
  await Promise.all(crowd.map(askOne));
  return { answerMs: samples.all(), silent };
}

async function sync(connection: Connection, sessionId: string, rev: number): Promise<VisitorData<"sync"> | undefined> {
  try {
    return await connection.ask<VisitorData<"sync">>("sync", { sessionId, rev });
  } catch {
    return undefined;
  }
}

function isAsLeft(answer: VisitorData<"sync">, rev: number): boolean {
  return answer.session.state === "open" && answer.rev === rev && answer.changes.length === 0 && answer.lock.mine;
}
