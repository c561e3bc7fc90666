/**
 * The rooms of the house, built from the process's parts and given to one another: who needs whom is read here and nowhere
 * else. Called by gateway.ts, which opens the doors.
 */
import type { Announcement } from "./announcement.ts";
import { pgTurnStore } from "./bot/pgTurns.ts";
import { createTurns, type Turns } from "./bot/turns.ts";
import type { Clock } from "./clock.ts";
import type { House } from "./commands/visitor/handler.ts";
import type { Config, SitePolicy } from "./config/config.ts";
import { Baton } from "./device-lock/baton.ts";
import { createDamping } from "./device-lock/damping.ts";
import { createLockKeeper } from "./device-lock/lockKeeper.ts";
import { createMemoryDeviceLock } from "./device-lock/memoryDeviceLock.ts";
import { pgHolderStore } from "./device-lock/pgHolders.ts";
import { Identity } from "./identity/identity.ts";
import { pgRevocationStore } from "./identity/pgRevocations.ts";
import { pgUserStore } from "./identity/pgUsers.ts";
import { createRevocations, type Revocations } from "./identity/revocations.ts";
import { createUserTokenVerifier } from "./identity/userToken.ts";
import { createVisitorTokens } from "./identity/visitorToken.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import type { Sql } from "./postgres/connect.ts";
import { createCurrentSessions } from "./session/currentSessions.ts";
import { createDeadlineLoop, type DeadlineLoop } from "./session/deadlineLoop.ts";
import { createMemoryCache } from "./session/memoryCache.ts";
import { pgDeadlineStore } from "./session/pgDeadlines.ts";
import { pgSessionStore } from "./session/pgSessions.ts";
import { policiesOf } from "./session/policies.ts";
import { createSessionList } from "./session/sessionList.ts";
import { Sessions } from "./session/sessionService.ts";
import { newsOf, tellNews } from "./session/sessionTold.ts";
import { createSnapshotCache } from "./session/snapshotCache.ts";
import type { Ending } from "./socket/announce.ts";
import type { Connection } from "./socket/connection.ts";
import { createConnections } from "./socket/connections.ts";
import { type AppendQueue, createAppendQueue } from "./transcript/appendQueue.ts";
import { createLiveReplies } from "./transcript/liveReplies.ts";
import { pgAppendStore } from "./transcript/pgAppend.ts";
import { pgTranscriptStore } from "./transcript/pgTranscript.ts";
import { pgWholeTranscripts } from "./transcript/pgWholeTranscripts.ts";
import { createTranscript } from "./transcript/transcript.ts";
import { createVault, type Vault } from "./transcript/vault.ts";

export type GatewayParts = {
  config: Config;
  sql: Sql;
  /** 32 bytes. */
  masterKey: Buffer;
  log: Log;
  metrics: Metrics;
  /** Absolute path of the built widget. */
  widgetDir: string;
  /** This process is the only one on its database, as when embedded. */
  isAlone: boolean;
};

/**
 * Appends have so many lanes; the other connections of the pool read. One lane's batch is written while the other's
 * gathers: with four, batches are smaller and each message costs Postgres a quarter more (measured on two cores).
 */
const LANES = 2;
const CACHE = { maxBytes: 64 * 1024 * 1024, ttlMs: 10 * 60_000 };

/** The door out, given to the rooms before it is there. */
export type Out = {
  say(announcements: readonly Announcement[]): void;
  /** To everybody here: they may have missed something. */
  advise(): void;
  end(connection: Connection, ending: Ending): void;
};

export function buildRooms(parts: GatewayParts, clock: Clock, out: Out) {
  const policyOf = policiesOf(parts.config.sites);
  const vault = createVault(parts.masterKey);
  const talk = buildTalk(parts, { policyOf, abandon: (messageId) => turns.abandon(messageId) });
  const lock = buildLock(parts, { policyOf, clock, out });
  const who = buildWho(parts, { vault, clock, out, lock });
  const { turns, deadlines } = buildWork(parts, { policyOf, vault, out, talk });
  const { transcript, sessions, listSessions, queue } = talk;
  const currentSessions = createCurrentSessions();
  const { identity, revocations } = who;
  const house: House = {
    transcript,
    sessions,
    listSessions,
    currentSessions,
    identity,
    turns,
    baton: lock.baton,
    say: (told) => out.say(told),
  };
  const wholeTranscripts = pgWholeTranscripts(parts.sql, vault);
  const work = workOf({ turns, deadlines, revocations, queue });
  const { connections, keeper } = lock;
  return { vault, house, connections, keeper, deadlines, work, wholeTranscripts };
}

type Shared = { policyOf: (site: string) => SitePolicy; vault: Vault; clock: Clock; out: Out };

/** What is said, and in which session. */
function buildTalk(
  { sql, metrics }: GatewayParts,
  { policyOf, abandon }: Pick<Shared, "policyOf"> & { abandon(messageId: string): void },
) {
  const queue = createAppendQueue(pgAppendStore(sql, policyOf), LANES, (size) =>
    metrics.appendBatchMessages.observe(size),
  );
  const replies = createLiveReplies();
  const transcript = createTranscript({ store: pgTranscriptStore(sql, policyOf), queue, replies });
  const cached = createMemoryCache({ ...CACHE, now: () => performance.now() });
  const cache = createSnapshotCache(cached, (outcome) => metrics.cacheReads.inc({ outcome }));
  const store = pgSessionStore(sql);
  const sessions = new Sessions({ store, transcript, queue, cache, abandon });
  return { queue, replies, transcript, sessions, listSessions: createSessionList(store, transcript) };
}

/** Who is connected here, and which of their devices speaks. */
function buildLock({ sql, config, log }: GatewayParts, { policyOf, clock, out }: Omit<Shared, "vault">) {
  const connections = createConnections(config.limits);
  const people = { of: connections.ofUser };
  const store = pgHolderStore(sql, policyOf);
  const keeper = createLockKeeper({
    lock: createMemoryDeviceLock({ now: clock.now }),
    store,
    people,
    now: clock.now,
    log,
  });
  const baton = new Baton({ store, keeper, people, damping: createDamping(), say: (told) => out.say(told) });
  const holderOf = async (userId: string) => {
    const standing = await store.readStanding(userId);
    return { epoch: standing.epoch, isLive: await keeper.isLive(userId, standing) };
  };
  return { connections, keeper, baton, holderOf };
}

type Lock = ReturnType<typeof buildLock>;

/** Who they are, and whether that still holds. */
function buildWho(
  { sql, config, masterKey, log }: GatewayParts,
  { vault, clock, out, lock }: Omit<Shared, "policyOf"> & { lock: Lock },
) {
  const revocations = createRevocations<Connection>({
    store: pgRevocationStore(sql),
    of: lock.connections.ofUser,
    end: (connection, ending) => out.end(connection, ending),
    log,
  });
  const identity = new Identity({
    store: pgUserStore(sql),
    vault,
    visitorTokens: createVisitorTokens(masterKey),
    verifierOf: verifiers(config, clock.now),
    now: clock.now,
    holderOf: lock.holderOf,
    changed: () => revocations.look(),
  });
  return { identity, revocations };
}

/** What happens without being asked: answers that are owed, and time. */
function buildWork(
  { sql, config, metrics, log, isAlone }: GatewayParts,
  { policyOf, vault, out, talk }: Omit<Shared, "clock"> & { talk: ReturnType<typeof buildTalk> },
) {
  const { queue, replies, transcript, sessions } = talk;
  const say = (announcements: readonly Announcement[]) => out.say(announcements);
  const turns = createTurns({
    store: pgTurnStore(sql, { vault, queue, policyOf }),
    transcript,
    sites: config.sites,
    say,
    tell: (moved) => say(tellNews(newsOf(moved, policyOf(moved.row.site)), moved.now)),
    live: replies,
    metrics,
    log,
    isAlone,
    queuePosition: (sessionId) => sessions.queuePosition(sessionId),
  });
  const store = pgDeadlineStore(sql, vault, policyOf);
  const advise = () => out.advise();
  const deadlines = createDeadlineLoop({ store, policyOf, say, abandon: turns.abandon, advise, log });
  return { turns, deadlines };
}

type Loops = { turns: Turns; deadlines: DeadlineLoop; revocations: Revocations; queue: AppendQueue };

/** What goes on without being asked. What is in flight ends by itself; who writes messages ends before those who store them. */
function workOf({ turns, deadlines, revocations, queue }: Loops) {
  return {
    start() {
      turns.start();
      deadlines.start();
      revocations.start();
    },
    async finish() {
      await Promise.all([deadlines.stop(), revocations.stop()]);
      await turns.close();
      await queue.drained();
    },
  };
}

function verifiers(config: Config, now: () => number) {
  const bySite = new Map(
    [...config.sites.values()].map((site) => [site.id, createUserTokenVerifier(site, { clock: now })]),
  );
  return (siteId: string) => {
    const verifier = bySite.get(siteId);
    if (!verifier) throw new Error(`site ${siteId} has no verifier`);
    return verifier;
  };
}
