/** The part of a run that needs a Redis and a Postgres of its own: many sessions, storms, several nodes. */
import type { Measured } from "./figures/measured.ts";
import type { Generators } from "./load/generators.ts";
import { measureCrowd } from "./measureCrowd.ts";
import { measureDeadlinesAmidKills } from "./measureDeadlines.ts";
import { type Compared, measureNodes } from "./measureNodes.ts";
import { measureStorm } from "./measureStorm.ts";
import { crowdName, deadlineName, NODES, type Plan, stormName } from "./plan.ts";
import { type Cluster, hasRedis, startCluster } from "./servers/cluster.ts";
import type { Surroundings } from "./servers/serverProcess.ts";
import { startBare } from "./servers/startBare.ts";

type Run = Surroundings & { plan: Plan; say: (line: string) => void };

export type OfNodes = Pick<Measured, "crowds" | "storms" | "nodes" | "deadlines"> & { checkedMessages: number };

const NOTHING: OfNodes = { crowds: [], storms: [], nodes: [], deadlines: [], checkedMessages: 0 };

export async function measureManyNodes(run: Run, generators: Generators): Promise<OfNodes> {
  const { plan, say } = run;
  const killing = plan.deadlines.filter(({ killEveryMs }) => killEveryMs !== undefined);
  const names = [...killing.map(deadlineName), ...plan.crowds.map(crowdName), ...plan.storms.map(stormName)];
  if (plan.nodes.length > 0) names.push(NODES);
  if (names.length > 0 && !hasRedis()) {
    say(`redis-server is not installed (Debian: apt-get install redis-server). Not measured: ${names.join("; ")}`);
    return NOTHING;
  }
  const each = <Which, Result>(all: readonly Which[], about: About<Which, Result>) => oneByOne(run, all, about);
  const crowd = { generators, startBare: () => startBare(run), startCluster: () => startCluster(run) };
  const compared = await each<Plan["nodes"][number], Compared>(plan.nodes, {
    nameOf: () => NODES,
    measure: (which) => onCluster(run, (cluster) => measureNodes({ plan, which, generators, cluster })),
  });
  return {
    deadlines: await each(killing, {
      nameOf: deadlineName,
      measure: (which) => onCluster(run, (cluster) => measureDeadlinesAmidKills(cluster, which)),
    }),
    storms: (
      await each(plan.storms, {
        nameOf: stormName,
        measure: (which) => onCluster(run, (cluster) => measureStorm({ which, generators, cluster })),
      })
    ).flat(),
    crowds: await each(plan.crowds, { nameOf: crowdName, measure: (which) => measureCrowd({ ...crowd, which }) }),
    nodes: compared.map(({ result }) => result),
    checkedMessages: compared.reduce((sum, one) => sum + one.checkedMessages, 0),
  };
}

type About<Which, Result> = { nameOf: (which: Which) => string; measure: (which: Which) => Promise<Result> };

async function oneByOne<Which, Result>(
  { say }: Run,
  all: readonly Which[],
  { nameOf, measure }: About<Which, Result>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (const which of all) {
    say(nameOf(which));
    results.push(await measure(which));
  }
  return results;
}

async function onCluster<Result>(run: Run, measure: (cluster: Cluster) => Promise<Result>): Promise<Result> {
  const cluster = await startCluster(run);
  const result = await measure(cluster);
  await cluster.stop();
  return result;
}
