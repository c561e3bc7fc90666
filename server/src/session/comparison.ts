/**
 * Every 15 s what was announced on this node is compared with the rows, and whoever was not told everything is advised to
 * sync: so a bus that loses events, or nodes that have none, cost seconds and never a word. Rule: sessions.md, «Bus».
 */
import { type Heartbeat, startHeartbeat } from "../heartbeat.ts";
import { type Log, loggedError } from "../log.ts";
import { type Announced, type Head, isBehind, unheardOf } from "./announced.ts";

export type ComparisonParts = {
  /** As the rows say it, for those users who have one. */
  heads(userIds: readonly string[]): Promise<ReadonlyMap<string, Head>>;
  announced: Announced;
  /** Who has a connection here. */
  users(): Iterable<string>;
  /** To this user's connections here. @param unheard sessions that they were not told to have begun, or ended */
  advise(userId: string, unheard: readonly string[]): Promise<void>;
  log: Log;
};

const EVERY_MS = 15_000;
/** What was just committed is about to be announced: it has so long to come. */
const COMING_MS = 1_000;
const AT_ONCE = 1_000;

export type Comparison = {
  start(): void;
  /** Now. Never rejects. */
  look(): Promise<void>;
  stop(): Promise<void>;
};

export function createComparison(parts: ComparisonParts): Comparison {
  const { log } = parts;
  let beating: Heartbeat | undefined;

  async function look(): Promise<void> {
    try {
      await compareAll(parts);
    } catch (error) {
      log.warn({ error: loggedError(error) }, "what was announced could not be compared with the rows");
    }
  }

  return {
    start() {
      beating = startHeartbeat(EVERY_MS, look);
    },
    look,
    stop: async () => beating?.stop(),
  };
}

async function compareAll(parts: ComparisonParts): Promise<void> {
  const users = [...parts.users()];
  for (let i = 0; i < users.length; i += AT_ONCE) await compare(parts, users.slice(i, i + AT_ONCE));
}

async function compare({ heads, announced, advise }: ComparisonParts, userIds: readonly string[]): Promise<void> {
  const isTold = (userId: string, row: Head): boolean => {
    const head = announced.of(userId);
    return head === undefined || !isBehind(head, row);
  };
  const behind = [...(await heads(userIds))].filter(([userId, row]) => !isTold(userId, row));
  if (behind.length === 0) return;
  await new Promise((resolve) => setTimeout(resolve, COMING_MS));
  await Promise.all(
    behind.map(async ([userId, row]) => {
      if (isTold(userId, row)) return;
      // One who could not be advised is found again by the next comparison.
      await advise(userId, unheardOf(announced.of(userId), row)).then(
        () => announced.advise(userId, row),
        () => {},
      );
    }),
  );
}
