/** Faults of Postgres and of the ways to it. Rows of faults.ts. */
import { says } from "../proxies/tcpRules.ts";
import type { Fault } from "./fault.ts";

export const POSTGRES_FAULTS: readonly Fault[] = [
  {
    name: "Postgres killed and restarted",
    hits: "Postgres",
    lastsMs: { short: 0, long: 0 },
    async begin({ cluster, crowd }) {
      crowd.wave();
      await cluster.postgres.kill();
      return () => cluster.postgres.start();
    },
  },
  {
    name: "Postgres gone",
    hits: "Postgres",
    lastsMs: { short: 3_000, long: 60_000 },
    async begin({ cluster, crowd }) {
      crowd.wave();
      await cluster.postgres.stop();
      return () => cluster.postgres.start();
    },
  },
  {
    name: "Postgres ends connections amid their transactions",
    hits: "Postgres",
    lastsMs: { short: 2_000, long: 15_000 },
    async begin({ cluster, crowd }) {
      const end = async () => {
        await cluster.postgres.sql`
          SELECT pg_terminate_backend(pid) FROM pg_stat_activity
          WHERE application_name = 'baton' AND pid <> pg_backend_pid() AND state <> 'idle'`;
      };
      const stop = crowd.everyAcks(10, () => void end().catch(() => {}));
      return async () => stop();
    },
  },
];

export const WAY_TO_POSTGRES_FAULTS: readonly Fault[] = [
  {
    name: "Postgres slow: 2 s a statement",
    hits: "way to Postgres",
    lastsMs: { short: 4_000, long: 30_000 },
    async begin({ cluster }) {
      for (const { toPostgres } of cluster.nodes)
        toPostgres.apply({ direction: "up", do: { kind: "slow", ms: 2_000 } });
      return async () => void (await Promise.all(cluster.nodes.map(({ toPostgres }) => toPostgres.heal())));
    },
  },
  {
    name: "Postgres unreachable from one node",
    hits: "way to Postgres",
    lastsMs: { short: 2_500, long: 20_000 },
    async begin({ victim }) {
      victim.toPostgres.apply({ do: { kind: "reset" } });
      victim.toPostgres.reset();
      return () => victim.toPostgres.heal();
    },
  },
  {
    name: "commits whose answer is lost on the way",
    hits: "way to Postgres",
    lastsMs: { short: 2_000, long: 15_000 },
    async begin({ cluster }) {
      for (const { toPostgres } of cluster.nodes)
        toPostgres.apply({ on: says('"client_id"'), times: 8, do: { kind: "dropReply", link: "cut" } });
      return async () => void (await Promise.all(cluster.nodes.map(({ toPostgres }) => toPostgres.heal())));
    },
  },
];
