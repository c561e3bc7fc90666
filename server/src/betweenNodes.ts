/**
 * What nodes have to do with each other, as rooms are wired: the cluster is chosen, what is heard from other nodes goes where
 * the same news of this node goes, and what may not have been heard is looked for. Called by rooms.ts.
 */
import type { VisitorNoticeName } from "@baton/shared/notices";
import type { Session } from "@baton/shared/visitor/shapes";
import type { Announcement } from "./announcement.ts";
import type { Turns } from "./bot/turns.ts";
import type { Clock } from "./clock.ts";
import { alone, type Cluster, clustered, type Ears } from "./cluster.ts";
import type { Baton } from "./device-lock/baton.ts";
import type { LockKeeper } from "./device-lock/lockKeeper.ts";
import type { Revocations } from "./identity/revocations.ts";
import type { GatewayParts, Out } from "./rooms.ts";
import { type Announced, createAnnounced } from "./session/announced.ts";
import { type Comparison, createComparison } from "./session/comparison.ts";
import { readHeads, readSessions } from "./session/pgHeads.ts";
import { userOfRoom } from "./socket/announce.ts";
import type { Connections } from "./socket/connections.ts";

/** The lock's part of the rooms, as far as other nodes matter to it. */
type LockHere = {
  readonly keeper: Pick<LockKeeper, "begin">;
  readonly baton: Pick<Baton, "hear">;
  readonly connections: Connections;
  hear(userId: string): void;
  renew(): void;
};

export function buildCluster(
  { redis, config, metrics, log }: GatewayParts,
  { clock, ears, connections }: { clock: Clock; ears: Ears; connections: Connections },
): Cluster {
  if (!redis) return alone({ clock });
  const here = () => connections.present();
  const isHere = (connectionId: string) => connections.byId(connectionId) !== undefined;
  return clustered(redis, { clock, ears, here, isHere, isTestClock: config.testClock, metrics, log });
}

type Listeners = {
  lock: LockHere;
  turns: Pick<Turns, "abandon">;
  revocations: Pick<Revocations, "look" | "expectLogout">;
  out: Pick<Out, "advise">;
  announced: Announced;
  comparison: Comparison;
};

/** What is heard from other nodes goes where the same news of this node goes. */
export function listen(ears: Ears, { lock, turns, revocations, out, announced, comparison }: Listeners): void {
  ears.told = (room, event, payload) => {
    const userId = userOfRoom(room);
    // As another node's door out has said it: it is of the same table as ours.
    if (userId !== undefined) announced.tell(userId, event as VisitorNoticeName, payload as never);
  };
  ears.baton = lock.hear;
  ears.loggingOut = revocations.expectLogout;
  ears.revoked = () => void revocations.look();
  ears.abandon = turns.abandon;
  ears.knows = (ageMs) => lock.keeper.begin(ageMs);
  ears.back = () => {
    lock.renew();
    void revocations.look();
    ears.clock();
    // First what this node itself has missed: what they are told when they ask is what it knows.
    void comparison.look().then(out.advise);
  };
}

/** What was announced here against the rows: the bus may lose anything. */
export function buildComparison(
  { sql, metrics, log }: GatewayParts,
  { out, lock }: { out: Pick<Out, "say">; lock: LockHere },
) {
  const announced = createAnnounced();
  const comparison = createComparison({
    heads: (userIds) => readHeads(sql, userIds),
    announced,
    users: lock.connections.users,
    async advise(userId, unheard) {
      metrics.syncsAdvised.inc();
      // What their sync will be told of the lock is what this node knows.
      await lock.baton.hear(userId);
      const sessions = unheard.length === 0 ? [] : await readSessions(sql, userId, unheard);
      out.say([
        ...sessions.map((session) => becameOf(userId, session)),
        { userId, event: "sync:advised", payload: {}, isLocal: true },
      ]);
    },
    log,
  });
  return { announced, comparison };
}

/**
 * A page can ask only for what it knows of. One that ended is told at its own rev: whoever missed anything before it sees so. One
 * that goes on is told at none: at its own a page that shows nothing of it would take its first word for heard.
 */
function becameOf(userId: string, session: Session): Announcement {
  const { endReason: reason } = session;
  if (session.state === "ended" && reason)
    return { userId, event: "session:ended", payload: { session, reason, rev: session.rev }, isLocal: true };
  return { userId, event: "session:updated", payload: { session, rev: 0 }, isLocal: true };
}
