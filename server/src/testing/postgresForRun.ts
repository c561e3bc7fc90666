// One embedded Postgres for the whole run of the gateway tests; each test file makes a database of its own in it.
// Its address: `inject("postgresAddress")`.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import type { TestProject } from "vitest/node";
import { type PostgresAddress, startEmbeddedPostgres } from "../postgres/embedded.ts";

declare module "vitest" {
  interface ProvidedContext {
    postgresAddress: PostgresAddress;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = mkdtempSync(join(tmpdir(), "baton-tests-"));
  const log = pino({ level: "error" });
  const server = await startEmbeddedPostgres({ dataDir, log, settings: { max_connections: "200" } });
  project.provide("postgresAddress", server.address);
  return async () => {
    await server.stop();
    rmSync(dataDir, { recursive: true, force: true });
  };
}
