/** Waits until everybody shows all there is and has nothing left to send, and measures how long each took. Called by stage.ts. */
import { setTimeout as sleep } from "node:timers/promises";
import type { Cluster } from "../cluster/cluster.ts";
import type { Crowd } from "./crowd.ts";
import type { Page } from "./page.ts";

export type Rest = {
  /** How long each page took, ms; those that did not come to rest are not among them. */
  readonly afterMs: readonly number[];
  /** Who did not, in words. */
  readonly restless: readonly string[];
};

const LOOK_EVERY_MS = 50;

/** @param since by the monotonic clock: when everything had healed */
export async function untilAtRest(
  crowd: Crowd,
  { postgres }: Pick<Cluster, "postgres">,
  { since, withinMs }: { since: number; withinMs: number },
): Promise<Rest> {
  const rested = new Map<Page, number>();
  let heads: Heads | undefined;
  while (performance.now() < since + withinMs) {
    heads = await headsOf(postgres.sql, crowd).catch(() => undefined);
    const at = performance.now();
    for (const page of crowd.present) {
      if (!heads || !page.isAtRest || !isAtHead(page, heads)) rested.delete(page);
      // It may have been there before anybody looked.
      else if (!rested.has(page)) rested.set(page, at);
    }
    if (heads && crowd.present.every((page) => rested.has(page))) break;
    await sleep(LOOK_EVERY_MS);
  }
  return {
    afterMs: [...rested.values()].map((at) => at - since),
    restless: crowd.present.flatMap((page) => (rested.has(page) ? [] : [wordsOf(page, heads)])),
  };
}

/** Where each page has to be: at the head of what goes on, or of the session it shows when none does. */
type Heads = {
  readonly goingOn: ReadonlyMap<Page, string>;
  readonly revs: ReadonlyMap<string, number>;
};

async function headsOf(sql: Cluster["postgres"]["sql"], crowd: Crowd): Promise<Heads> {
  const users = crowd.people.flatMap(({ userId }) => userId ?? []);
  const rows = await sql<{ id: string; user_id: string; rev: number; goes_on: boolean }>`
    SELECT id, user_id, rev, state <> 'ended' AS goes_on FROM sessions WHERE user_id = ANY(${users})`;
  const current = new Map(rows.filter((row) => row.goes_on).map(({ id, user_id: userId }) => [userId, id]));
  const goingOn = new Map<Page, string>();
  for (const { userId, pages } of crowd.people) {
    const id = current.get(userId ?? "");
    if (id !== undefined) for (const page of pages) goingOn.set(page, id);
  }
  return { goingOn, revs: new Map(rows.map(({ id, rev }) => [id, rev])) };
}

function headOf(page: Page, { goingOn, revs }: Heads) {
  const sessionId = goingOn.get(page) ?? page.screen.view.sessionId;
  return { sessionId, rev: sessionId === undefined ? 0 : revs.get(sessionId) };
}

function isAtHead(page: Page, heads: Heads): boolean {
  const { view } = page.screen;
  const head = headOf(page, heads);
  return view.sessionId === head.sessionId && view.rev === head.rev;
}

function wordsOf(page: Page, heads: Heads | undefined): string {
  const { view, isAsking } = page.screen;
  const line = page.line ? `open on ${page.line.node}` : "without a line";
  const head = heads && headOf(page, heads);
  const at = `rev ${view.rev} of ${view.sessionId}, the head is ${head?.rev} of ${head?.sessionId}${isAsking ? ", asking" : ""}`;
  return `${page.device.id}: ${line}, ${page.outbox.words.length} words to send, ${at}`;
}
