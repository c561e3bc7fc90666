/** The composition root: builds the rooms, opens the doors, and lets go of everything. Used by main.ts and by tests; nobody else imports it. */
import type { AddressInfo } from "node:net";
import { type Clock, createClock } from "./clock.ts";
import type { Config } from "./config/config.ts";
import { DEMO_SITE_ID } from "./config/demoSite.ts";
import type { LockKeeper } from "./device-lock/lockKeeper.ts";
import { createHttpServer } from "./http/httpServer.ts";
import { advanceTestClock, readClockOffset } from "./postgres/clockOffset.ts";
import { refuseUnsafeServer, type Sql } from "./postgres/connect.ts";
import { refuseOtherMasterKey } from "./postgres/masterKey.ts";
import { migrate } from "./postgres/migrate.ts";
import { buildRooms, type GatewayParts, type Out } from "./rooms.ts";
import { createPassing } from "./session/passTime.ts";
import { createAuthenticate } from "./socket/authenticate.ts";
import { createSocketServer } from "./socket/socketServer.ts";

export type Gateway = {
  /** Migrates, then accepts connections. Answers the port. */
  listen(): Promise<number>;
  /** Tells every client when to come back, finishes what is in flight, and lets go of everything it opened. */
  close(): Promise<void>;
};

export async function createGateway(parts: GatewayParts): Promise<Gateway> {
  const { config, sql, log, metrics } = parts;
  const clock = createClock();
  const out: Out = { say: () => {}, advise: () => {}, end: () => {} };
  const rooms = buildRooms(parts, clock, out);
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
  out.advise = () => sockets.announce.sayToAll("sync:advised", {});
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
