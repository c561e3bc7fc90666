/** What a node says of itself at /metrics. Its event loop's figures begin anew with each look. */
import type { ServerProcess } from "./serverProcess.ts";

export type Scraped = {
  connections: number;
  /** Of the event loop since the last look. */
  loop: { p99Ms: number; mostMs: number };
};

export async function scrape({ port }: Pick<ServerProcess, "port">): Promise<Scraped> {
  const answer = await fetch(`http://127.0.0.1:${port}/metrics`);
  const lines = (await answer.text()).split("\n");
  const read = (name: string): number => {
    const line = lines.find((one) => one.startsWith(`${name} `));
    if (line === undefined) throw new Error(`/metrics does not tell ${name}`);
    return Number(line.slice(name.length + 1));
  };
  return {
    connections: read("baton_connections"),
    loop: {
      p99Ms: read("nodejs_eventloop_lag_p99_seconds") * 1_000,
      mostMs: read("nodejs_eventloop_lag_max_seconds") * 1_000,
    },
  };
}
