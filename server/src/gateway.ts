/** The composition root: builds the rooms, opens the doors, and lets go of everything. Used by main.ts and by tests; nobody else imports it. */
import type { AddressInfo } from "node:net";
import { type Clock, createClock } from "./clock.ts";
import type { Cluster } from "./cluster.ts";
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
import { comeBackAfterMs } from "./socket/comeBack.ts";
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
  const out: Out = { say: () => {}, advise: () => {}, end: () => {}, askForLife: () => {} };
  const rooms = buildRooms(parts, clock, out);
  const { keeper, cluster } = rooms;
  let draining = false;
  const { http, sockets } = await hangDoors(parts, { rooms, clock, isDraining: () => draining });
  rooms.ears.clock = () => void followClock(sql, clock, keeper).catch(() => {});
  out.say = sockets.announce.say;
  out.advise = () => sockets.announce.sayToAll("sync:advised", {});
  out.end = sockets.end;
  out.askForLife = sockets.askForLife;

  return {
    async listen() {
      await refuseUnsafeServer(sql);
      const applied = await migrate(sql);
      if (applied.length > 0) log.info({ applied }, "database migrated");
      await refuseOtherMasterKey(sql, rooms.vault.fingerprint);
      if (config.testClock) clock.setOffset(await readClockOffset(sql));
      rooms.keeper.begin();
      await cluster.start();
      rooms.work.start();
      await http.listen({ host: config.host, port: config.port });
      return (http.server.address() as AddressInfo).port;
    },
    async close() {
      draining = true;
      const since = performance.now();
      await sockets.drain((place) => comeBackAfterMs(place, config.limits, Math.random()));
      await rooms.work.finish();
      // Whoever asks once a second whether this node is ready hears that it is not, before nobody answers any more.
      if (cluster.state() !== undefined) await until(since + config.limits.drainNoticeMs);
      await sockets.close();
      await rooms.keeper.close();
      await cluster.stop();
      await http.close();
      metrics.close();
    },
  };
}

function until(at: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(at - performance.now(), 0)));
}

type Frame = { rooms: ReturnType<typeof buildRooms>; clock: Clock; isDraining(): boolean };

async function hangDoors(parts: GatewayParts, { rooms, clock, isDraining }: Frame) {
  const { config, sql, log, metrics } = parts;
  const { house, connections, keeper, cluster, announced } = rooms;
  const pass = createPassing(rooms.deadlines, { move: moveBy({ sql, clock, keeper, cluster }), now: clock.now });
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
    health: { ready: () => readiness({ sql, redis: cluster.state, isDraining }) },
    transcripts: rooms.wholeTranscripts,
    users: house.identity,
    testClock: { advance },
  });
  const authenticate = createAuthenticate(config.sites, house.identity, clock.now);
  const now = clock.now;
  const common = { config, authenticate, house, connections, keeper, cluster, announced, metrics, log, now };
  const sockets = createSocketServer({ http: http.server, ...common });
  return { http, sockets };
}

/** Time moves in one breath with the leases: nobody is taken for gone by it. */
function moveBy({ sql, clock, keeper, cluster }: Moving) {
  return async (ms: number): Promise<void> => {
    clock.setOffset(await advanceTestClock(sql, ms));
    cluster.send({ kind: "clock" });
    await keeper.renewAll();
  };
}

type Moving = { sql: Sql; clock: Clock; keeper: LockKeeper; cluster: Pick<Cluster, "send"> };

/** Another node has moved it. */
async function followClock(sql: Sql, clock: Clock, keeper: LockKeeper): Promise<void> {
  clock.setOffset(await readClockOffset(sql));
  await keeper.renewAll();
}

type Readiness = { sql: Sql; redis(): string | undefined; isDraining(): boolean };

/** Without Redis it still takes visitors, by the database alone: degraded, and ready. docs/decisions/0012. */
async function readiness({ sql, redis, isDraining }: Readiness) {
  const database = await sql`SELECT 1`.then(
    () => "ok",
    () => "away: it cannot be reached",
  );
  const draining = isDraining() ? "yes: this process is stopping" : "ok";
  const state = redis();
  return {
    ready: database === "ok" && draining === "ok",
    isDegraded: state !== undefined && state !== "ok",
    checks: { database, ...(state !== undefined && { redis: state }), draining },
  };
}
