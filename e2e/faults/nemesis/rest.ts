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
  let heads: ReadonlyMap<string, number> | undefined;
  while (performance.now() < since + withinMs) {
    heads = await headsOf(postgres.sql, crowd).catch(() => undefined);
    const at = performance.now();
    for (const page of crowd.present) {
      if (!heads || !isAtHead(page, heads)) rested.delete(page);
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

async function headsOf(sql: Cluster["postgres"]["sql"], crowd: Crowd): Promise<Map<string, number>> {
  const users = crowd.people.flatMap(({ userId }) => userId ?? []);
  const rows = await sql<{ id: string; rev: number }>`SELECT id, rev FROM sessions WHERE user_id = ANY(${users})`;
  return new Map(rows.map(({ id, rev }) => [id, rev]));
}

function isAtHead(page: Page, heads: ReadonlyMap<string, number>): boolean {
  const { sessionId, rev } = page.screen.view;
  return page.isAtRest && (sessionId === undefined || heads.get(sessionId) === rev);
}

function wordsOf(page: Page, heads: ReadonlyMap<string, number> | undefined): string {
  const { view, isAsking } = page.screen;
  const line = page.line ? `open on ${page.line.node}` : "without a line";
  const head = heads?.get(view.sessionId ?? "");
  const at = `rev ${view.rev} of ${view.sessionId}, the head is ${head}${isAsking ? ", asking" : ""}`;
  return `${page.device.id}: ${line}, ${page.outbox.words.length} words to send, ${at}`;
}
