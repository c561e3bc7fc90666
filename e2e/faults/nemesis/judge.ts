/** What a trial showed: the checker's findings, who did not come to rest, what good clients should never have been told. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Cluster } from "../cluster/cluster.ts";
import { checkHistory } from "../history/check/checkHistory.ts";
import { describeFindings, type Finding } from "../history/check/finding.ts";
import type { History } from "../history/events.ts";
import type { FinalDatabase } from "../history/finalDatabase.ts";
import { readFinalDatabase } from "../history/pgFinalDatabase.ts";
import type { Recorder } from "../history/recorder.ts";
import type { Crowd } from "./crowd.ts";
import type { Person } from "./person.ts";

export type Verdict = {
  readonly findings: readonly Finding[];
  /** Everything that is wrong, for people; empty when all is well. */
  readonly words: string;
  /** Lines of the history. */
  readonly events: number;
  /** Emits of message:send, repeats among them. */
  readonly sends: number;
  /** Sends that were refused, by their codes. */
  readonly refused: Readonly<Record<string, number>>;
};

export type Matter = {
  readonly recorder: Recorder;
  readonly cluster: Pick<Cluster, "postgres">;
  /** Who did not come to rest. */
  readonly restless: readonly string[];
  /** Of the site, where its deadlines come due. */
  readonly policy?: FinalDatabase["policy"];
};

/** Everybody is still there, and at rest if they could. */
export async function judge(crowd: Crowd, matter: Matter): Promise<Verdict> {
  const unread = (await Promise.all(crowd.people.map(readTranscript))).flat();
  const history = matter.recorder.history();
  const findings = await findingsOf(matter);
  const troubles = [
    ...matter.restless.map((words) => `not at rest: ${words}`),
    ...unread.map((words) => `transcript not read: ${words}`),
    ...crowd.troubles,
  ];
  const found = [describeFindings(findings), ...troubles.slice(0, 20)].filter((line) => line !== "");
  const words = found.length === 0 ? "" : [...found, `the history is in ${kept(history)}`].join("\n");
  const sends = history.filter((event) => event.kind === "invoke" && event.op === "send").length;
  return { findings, words, events: history.length, sends, refused: refusalsIn(history) };
}

/** Of all that was recorded until now. */
export async function findingsOf({ recorder, cluster, policy }: Omit<Matter, "restless">): Promise<Finding[]> {
  const history = recorder.history();
  const users = [...new Set(history.flatMap((event) => (event.kind === "entitled" ? [event.userId] : [])))];
  const database = await readFinalDatabase(cluster.postgres.sql, { users, ...(policy && { policy }) });
  // Each device has one word on its way at a time, and repeats it before the next.
  return checkHistory(history, database, { isOutboxInOrder: true });
}

/** For whoever looks into it. */
function kept(history: History): string {
  const file = join(mkdtempSync(join(tmpdir(), "baton-history-")), "history.jsonl");
  writeFileSync(file, history.map((event) => `${JSON.stringify(event)}\n`).join(""));
  return file;
}

function refusalsIn(history: History): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const event of history) if (event.kind === "refused") counts[event.code] = (counts[event.code] ?? 0) + 1;
  return counts;
}

/** All of it, through the gateway: what the database holds sealed is judged by what people are shown. */
async function readTranscript(person: Person): Promise<string[]> {
  const page = person.pages.find(({ line }) => line);
  const sessionId = page?.screen.view.sessionId;
  if (!page?.line || sessionId === undefined) return [];
  try {
    for (let beforeSeq: number | undefined, hasMore = true; hasMore; ) {
      const asked = { sessionId, limit: 100, ...(beforeSeq !== undefined && { beforeSeq }) };
      const told = await page.line.watched.page(asked);
      beforeSeq = told.messages[0]?.seq;
      hasMore = told.hasMore;
    }
    return [];
  } catch (error) {
    return [`${person.name}: ${String(error)}`];
  }
}
