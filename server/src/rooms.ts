/**
 * The rooms of the house, built from the process's parts and given to one another: who needs whom is read here and nowhere
 * else. Called by gateway.ts, which opens the doors.
 */
import type { Announcement } from "./announcement.ts";
import { buildCluster, buildComparison, listen } from "./betweenNodes.ts";
import { pgTurnStore } from "./bot/pgTurns.ts";
import { createTurns, type Turns } from "./bot/turns.ts";
import type { Clock } from "./clock.ts";
import { type Cluster, deaf } from "./cluster.ts";
import type { Caller, House } from "./commands/visitor/handler.ts";
import type { Config, SitePolicy } from "./config/config.ts";
import { Baton } from "./device-lock/baton.ts";
import { LockKeeper } from "./device-lock/lockKeeper.ts";
import { pgHolderStore } from "./device-lock/pgHolders.ts";
import { Identity } from "./identity/identity.ts";
import { pgRevocationStore } from "./identity/pgRevocations.ts";
import { pgUserStore } from "./identity/pgUsers.ts";
import { createRevocations, type Revocations } from "./identity/revocations.ts";
import { createUserTokenVerifier } from "./identity/userToken.ts";
import { createVisitorTokens } from "./identity/visitorToken.ts";
import { type Log, loggedError } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import type { Sql } from "./postgres/connect.ts";
import type { RedisLink } from "./redis/connect.ts";
import type { Comparison } from "./session/comparison.ts";
import { createCurrentSessions } from "./session/currentSessions.ts";
import { createDeadlineLoop, type DeadlineLoop } from "./session/deadlineLoop.ts";
import { pgDeadlineStore } from "./session/pgDeadlines.ts";
import { pgSessionStore } from "./session/pgSessions.ts";
import { policiesOf } from "./session/policies.ts";
import { createSessionList } from "./session/sessionList.ts";
import { Sessions } from "./session/sessionService.ts";
import { newsOf, tellNews } from "./session/sessionTold.ts";
import { createSnapshotCache } from "./session/snapshotCache.ts";
import type { Ending } from "./socket/announce.ts";
import type { Connection } from "./socket/connection.ts";
import { type Connections, createConnections } from "./socket/connections.ts";
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
  /** Where many nodes keep what one has in memory. The caller ends it. */
  redis: RedisLink | undefined;
};

/** The door out, given to the rooms before it is there. */
export type Out = {
  say(announcements: readonly Announcement[]): void;
  /** To everybody here: they may have missed something. */
  advise(): void;
  end(connection: Connection, ending: Ending): void;
  askForLife(connectionId: string): void;
};

export function buildRooms(parts: GatewayParts, clock: Clock, out: Out) {
  const policyOf = policiesOf(parts.config.sites);
  const vault = createVault(parts.masterKey);
  const connections = createConnections(parts.config.limits);
  const ears = deaf();
  const cluster = buildCluster(parts, { clock, ears, connections });
  const abandon = (messageId: string): void => {
    turns.abandon(messageId);
    cluster.send({ kind: "abandon", messageId });
  };
  const talk = buildTalk(parts, { policyOf, cluster, abandon });
  const lock = buildLock(parts, { policyOf, clock, out, cluster, connections });
  const who = buildWho(parts, { vault, clock, out, lock, cluster });
  const { turns, deadlines } = buildWork(parts, { policyOf, vault, out, talk, abandon });
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
  const { announced, comparison } = buildComparison(parts, { out, lock });
  const work = workOf({ turns, deadlines, revocations, queue, comparison });
  const { keeper } = lock;
  listen(ears, { lock, turns, revocations, out, announced, comparison });
  return { vault, house, cluster, ears, announced, connections, keeper, deadlines, work, wholeTranscripts };
}

type Shared = { policyOf: (site: string) => SitePolicy; vault: Vault; clock: Clock; out: Out };

type Talking = Pick<Shared, "policyOf"> & { cluster: Cluster; abandon(messageId: string): void };
type Talk = ReturnType<typeof buildTalk>;

/** What is said, and in which session. */
function buildTalk({ sql, metrics, config }: GatewayParts, { policyOf, cluster, abandon }: Talking) {
  const queue = createAppendQueue(pgAppendStore(sql, policyOf), {
    maxWaiting: config.limits.waitingWrites,
    onBatch: (size) => metrics.appendBatchMessages.observe(size),
  });
  const replies = createLiveReplies();
  const transcript = createTranscript({ store: pgTranscriptStore(sql, policyOf), queue, replies });
  const cache = createSnapshotCache(cluster.cache, (outcome) => metrics.cacheReads.inc({ outcome }));
  const store = pgSessionStore(sql);
  const sessions = new Sessions({ store, transcript, queue, cache, abandon });
  return { queue, replies, transcript, sessions, listSessions: createSessionList(store, transcript) };
}

/** Who is connected here, and which of their devices speaks. */
function buildLock(
  { sql, log }: GatewayParts,
  {
    policyOf,
    clock,
    out,
    cluster,
    connections,
  }: Omit<Shared, "vault"> & { cluster: Cluster; connections: Connections },
) {
  const people = { of: connections.ofUser };
  const store = pgHolderStore(sql, policyOf);
  const keeper = new LockKeeper({
    lock: cluster.lock,
    store,
    people,
    isElsewhere: async (userId, deviceId) =>
      (await cluster.presence.elsewhere(userId)).some((other) => other.deviceId === deviceId),
    now: clock.now,
    log,
  });
  const baton = new Baton({
    store,
    keeper,
    people,
    damping: cluster.damping,
    say: (told) => out.say(told),
    passed: (userId) => cluster.send({ kind: "baton", userId }),
    askForLife: (connectionId) => out.askForLife(connectionId),
  });
  const holderOf = async (userId: string) => {
    const standing = await store.readStanding(userId);
    return { epoch: standing.epoch, isLive: await keeper.isLive(userId, standing) };
  };
  const logged = (what: string) => (error: unknown) => log.warn({ error: loggedError(error) }, what);
  const hear = (userId: string): void => void baton.hear(userId).catch(logged("a baton that passed was not looked at"));
  const renew = (): void => void keeper.renewAll().catch(logged("leases could not be settled again"));
  const letGo = (caller: Caller): void => void baton.letGo(caller).catch(logged("a baton could not be let go of"));
  return { connections, keeper, baton, holderOf, hear, letGo, renew };
}

type Lock = ReturnType<typeof buildLock>;

/** Who they are, and whether that still holds. */
function buildWho(
  { sql, config, masterKey, log }: GatewayParts,
  { vault, clock, out, lock, cluster }: Omit<Shared, "policyOf"> & { lock: Lock; cluster: Cluster },
) {
  const revocations = createRevocations<Connection>({
    store: pgRevocationStore(sql),
    of: lock.connections.ofUser,
    end(connection, ending) {
      // Whose right has gone comes back as nobody: no other device need wait for it.
      if (ending.code !== "restart" && connection.caller) lock.letGo(connection.caller);
      out.end(connection, ending);
    },
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
    expectLogout(who) {
      revocations.expectLogout(who);
      cluster.send({ kind: "loggingOut", ...who });
    },
    tellNodes: () => cluster.send({ kind: "revoked" }),
  });
  return { identity, revocations };
}

/** What happens without being asked: answers that are owed, and time. */
function buildWork(
  { sql, config, metrics, log, isAlone }: GatewayParts,
  { policyOf, vault, out, talk, abandon }: Omit<Shared, "clock"> & Pick<Talking, "abandon"> & { talk: Talk },
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
  const deadlines = createDeadlineLoop({ store, policyOf, say, abandon, advise, log });
  return { turns, deadlines };
}

type Loops = {
  turns: Turns;
  deadlines: DeadlineLoop;
  revocations: Revocations;
  queue: AppendQueue;
  comparison: Comparison;
};

/** What goes on without being asked. What is in flight ends by itself; who writes messages ends before those who store them. */
function workOf({ turns, deadlines, revocations, queue, comparison }: Loops) {
  return {
    start() {
      turns.start();
      deadlines.start();
      revocations.start();
      comparison.start();
    },
    async finish() {
      await Promise.all([deadlines.stop(), revocations.stop(), comparison.stop()]);
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
