/**
 * The program that runs what several nodes share: a Postgres and a Redis of the run's own. A process apart, so that both
 * end with the conductor, however it ends. Started by cluster.ts.
 */
import { join } from "node:path";
import { type KillablePostgres, killablePostgres } from "@baton/server/testing/killablePostgres";
import { RedisServer } from "@baton/server/testing/redisServer";
import { steadyPort } from "@baton/server/testing/steadyPort";
import { answerQuestions } from "../questions.ts";
import type { Database } from "./database.ts";

export type Neighbours = {
  database: Database;
  postgresPid: number;
  redisPort: number;
  redisPid: number;
};
export type NeighbourQuestions = { begin: { told: { folder: string }; answer: Neighbours } };

let postgres: KillablePostgres | undefined;
let redis: RedisServer | undefined;

answerQuestions<NeighbourQuestions>({
  async begin({ folder }) {
    postgres = await killablePostgres(join(folder, "postgres"));
    // Keeps nothing on the disk, as docs/scaling.md says that it need not.
    redis = new RedisServer(await steadyPort(), { folder: join(folder, "redis") });
    await redis.start();
    const { port: redisPort, pid: redisPid = 0 } = redis;
    return { database: postgres.address, postgresPid: postgres.pid() ?? 0, redisPort, redisPid };
  },
});

let ending: Promise<void> | undefined;
process.on("SIGTERM", () => {
  ending ??= end();
  ending.then(
    () => process.exit(0),
    () => process.exit(1),
  );
});

async function end(): Promise<void> {
  await redis?.kill();
  await postgres?.close();
}
