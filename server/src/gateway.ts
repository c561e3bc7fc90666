/** The composition root: builds the house from its parts. Used by main.ts and by tests; nobody else imports it. */
import type { AddressInfo } from "node:net";
import type { Announcement } from "./announcement.ts";
import { pgTurnStore } from "./bot/pgTurns.ts";
import { createTurns, type Turns } from "./bot/turns.ts";
import { type Clock, createClock } from "./clock.ts";
import type { House } from "./commands/visitor/handler.ts";
import type { Config } from "./config/config.ts";
import { DEMO_SITE_ID } from "./config/demoSite.ts";
import { Baton } from "./device-lock/baton.ts";
import { createDamping } from "./device-lock/damping.ts";
import { createLockKeeper, type LockKeeper } from "./device-lock/lockKeeper.ts";
import { createMemoryDeviceLock } from "./device-lock/memoryDeviceLock.ts";
import { pgHolderStore } from "./device-lock/pgHolders.ts";
import { createHttpServer } from "./http/httpServer.ts";
import { Identity } from "./identity/identity.ts";
import { pgRevocationStore } from "./identity/pgRevocations.ts";
import { pgUserStore } from "./identity/pgUsers.ts";
import { createRevocations, type Revocations } from "./identity/revocations.ts";
import { createUserTokenVerifier } from "./identity/userToken.ts";
import { createVisitorTokens } from "./identity/visitorToken.ts";
import type { Log } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import { advanceTestClock, readClockOffset } from "./postgres/clockOffset.ts";
import { refuseUnsafeServer, type Sql } from "./postgres/connect.ts";
import { refuseOtherMasterKey } from "./postgres/masterKey.ts";
import { migrate } from "./postgres/migrate.ts";
import { createCurrentSessions } from "./session/currentSessions.ts";
import { createDeadlineLoop, type DeadlineLoop } from "./session/deadlineLoop.ts";
import { createMemoryCache } from "./session/memoryCache.ts";
import { createPassing } from "./session/passTime.ts";
import { pgDeadlineStore } from "./session/pgDeadlines.ts";
import { pgSessionStore } from "./session/pgSessions.ts";
import { policiesOf } from "./session/policies.ts";
import { createSessionList } from "./session/sessionList.ts";
import { Sessions } from "./session/sessionService.ts";
import { newsOf, tellNews } from "./session/sessionTold.ts";
import { createSnapshotCache } from "./session/snapshotCache.ts";
import type { Ending } from "./socket/announce.ts";
import { createAuthenticate } from "./socket/authenticate.ts";
import type { Connection } from "./socket/connection.ts";
import { createConnections } from "./socket/connections.ts";
import { createSocketServer } from "./socket/socketServer.ts";
import { type AppendQueue, createAppendQueue } from "./transcript/appendQueue.ts";
import { createLiveReplies } from "./transcript/liveReplies.ts";
import { pgAppendStore } from "./transcript/pgAppend.ts";
import { pgTranscriptStore } from "./transcript/pgTranscript.ts";
import { pgWholeTranscripts } from "./transcript/pgWholeTranscripts.ts";
import { createTranscript } from "./transcript/transcript.ts";
import { createVault } from "./transcript/vault.ts";

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

export type Gateway = {
  /** Migrates, then accepts connections. Answers the port. */
  listen(): Promise<number>;
  /** Tells every client when to come back, finishes what is in flight, and lets go of everything it opened. */
  close(): Promise<void>;
};

/**
 * Appends have so many lanes; the other connections of the pool read. One lane's batch is written while the other's
 * gathers: with four, batches are smaller and each message costs Postgres a quarter more (measured on two cores).
 */
const LANES = 2;
const CACHE = { maxBytes: 64 * 1024 * 1024, ttlMs: 10 * 60_000 };

export async function createGateway(parts: GatewayParts): Promise<Gateway> {
  const { config, sql, log, metrics } = parts;
  const clock = createClock();
  const out: Out = { say: () => {}, end: () => {} };
  const rooms = furnish(parts, clock, out);
  let draining = false;

  const pass = createPassing(rooms.deadlines, { move: moveBy(sql, clock, rooms.keeper), now: clock.now });
  async function advance(advanceMs: number): Promise<number> {
    await pass(advanceMs);
    await sockets.look();
    return clock.now();
  }

  const demo = config.builtInDemo ? config.sites.get(DEMO_SITE_ID) : undefined;
  const http = await createHttpServer({
    config,
    log,
    metrics,
    widgetDir: parts.widgetDir,
    ...(demo && { demo: { site: () => demo, clock: clock.now } }),
    health: { ready: () => readiness(sql, () => draining) },
    transcripts: rooms.wholeTranscripts,
    users: rooms.house.identity,
    testClock: { advance },
  });
  const authenticate = createAuthenticate(config.sites, rooms.house.identity, clock.now);
  const { house, connections, keeper } = rooms;
  const sockets = createSocketServer({
    http: http.server,
    config,
    authenticate,
    house,
    connections,
    keeper,
    metrics,
    log,
    now: clock.now,
  });
  out.say = sockets.announce.say;
  out.end = sockets.end;

  return {
    async listen() {
      await refuseUnsafeServer(sql);
      const applied = await migrate(sql);
      if (applied.length > 0) log.info({ applied }, "database migrated");
      await refuseOtherMasterKey(sql, rooms.vault.fingerprint);
      if (config.testClock) clock.setOffset(await readClockOffset(sql));
      rooms.keeper.begin();
      rooms.work.start();
      await http.listen({ host: config.host, port: config.port });
      return (http.server.address() as AddressInfo).port;
    },
    async close() {
      draining = true;
      sockets.drain((index, count) => comeBackAfterMs(index, count, config.limits));
      await rooms.work.finish();
      await sockets.close();
      await rooms.keeper.close();
      await http.close();
      metrics.close();
    },
  };
}

/** Time moves in one breath with the leases: nobody is taken for gone by it. */
function moveBy(sql: Sql, clock: Clock, keeper: LockKeeper) {
  return async (ms: number): Promise<void> => {
    clock.setOffset(await advanceTestClock(sql, ms));
    await keeper.renewAll();
  };
}

/** The door out, given to the rooms before it is there. */
type Out = {
  say(announcements: readonly Announcement[]): void;
  end(connection: Connection, ending: Ending): void;
};

function furnish({ config, sql, masterKey, metrics, log, isAlone }: GatewayParts, clock: Clock, out: Out) {
  const policyOf = policiesOf(config.sites);
  const vault = createVault(masterKey);
  const queue = createAppendQueue(pgAppendStore(sql, policyOf), LANES, (size) =>
    metrics.appendBatchMessages.observe(size),
  );
  const live = createLiveReplies();
  const transcript = createTranscript({ store: pgTranscriptStore(sql, policyOf), queue, replies: live });
  const store = createMemoryCache({ ...CACHE, now: () => performance.now() });
  const cache = createSnapshotCache(store, (outcome) => metrics.cacheReads.inc({ outcome }));
  const sessionStore = pgSessionStore(sql);
  const sessions = new Sessions({ store: sessionStore, transcript, queue, cache });
  const connections = createConnections(config.limits);
  const people = { of: connections.ofUser };
  const holders = pgHolderStore(sql, policyOf);
  const lock = createMemoryDeviceLock({ now: clock.now });
  const keeper = createLockKeeper({ lock, store: holders, people, now: clock.now, log });
  const baton = new Baton({ store: holders, keeper, people, damping: createDamping(), say: (told) => out.say(told) });
  const revocations = createRevocations<Connection>({
    store: pgRevocationStore(sql),
    of: connections.ofUser,
    end: (connection, ending) => out.end(connection, ending),
    log,
  });
  const identity = new Identity({
    store: pgUserStore(sql),
    vault,
    visitorTokens: createVisitorTokens(masterKey),
    verifierOf: verifiers(config, clock.now),
    now: clock.now,
    holderOf: async (userId) => {
      const standing = await holders.readStanding(userId);
      return { epoch: standing.epoch, isLive: await keeper.isLive(userId, standing) };
    },
    changed: () => revocations.look(),
  });
  const turns = createTurns({
    store: pgTurnStore(sql, { vault, queue, policyOf }),
    transcript,
    sites: config.sites,
    say: (announcements) => out.say(announcements),
    tell: (moved) => out.say(tellNews(newsOf(moved, policyOf(moved.row.site)), moved.now)),
    live,
    metrics,
    log,
    isAlone,
    queuePosition: (sessionId) => sessions.queuePosition(sessionId),
  });
  const deadlines = createDeadlineLoop({
    store: pgDeadlineStore(sql, vault, policyOf),
    policyOf,
    say: (announcements) => out.say(announcements),
    abandon: turns.abandon,
    log,
  });
  const listSessions = createSessionList(sessionStore, transcript);
  const currentSessions = createCurrentSessions();
  const house: House = { transcript, sessions, listSessions, currentSessions, identity, turns, baton };
  const wholeTranscripts = pgWholeTranscripts(sql, vault);
  const work = workOf({ turns, deadlines, revocations, queue });
  return { vault, house, connections, keeper, deadlines, work, wholeTranscripts };
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

async function readiness(sql: Sql, isDraining: () => boolean) {
  const database = await sql`SELECT 1`.then(
    () => "ok",
    () => "away: it cannot be reached",
  );
  const checks = { database, draining: isDraining() ? "yes: this process is stopping" : "ok" };
  return { ready: Object.values(checks).every((check) => check === "ok"), checks };
}

/** Each client its own moment in a window that no more than so many a second come back in. */
function comeBackAfterMs(index: number, count: number, limits: Config["limits"]): number {
  const windowMs = Math.max(limits.drainWindowMs, (count / limits.drainClientsPerSecond) * 1_000);
  return Math.round((windowMs * (index + Math.random())) / Math.max(count, 1));
}
