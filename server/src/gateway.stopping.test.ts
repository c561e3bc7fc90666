// A process that is told to stop while the database stands still under it.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { latch } from "./device-lock/devices.fixture.ts";
import { connectPostgres } from "./postgres/connect.ts";
import { databaseLink } from "./testing/databaseLink.ts";
import { steadyPort } from "./testing/steadyPort.ts";
import { TestClient } from "./testing/testClient.ts";
import { SECRET, testDatabase } from "./testing/testGateway.ts";

const MAIN = fileURLToPath(new URL("../dist/main.js", import.meta.url));
/** No step takes so long that its end could be taken for the limit's: those give up after 5 s and 30 s. */
const DRAIN_MS = 1_000;

type Process = { readonly child: ChildProcess; readonly url: string };

async function gatewayOn(databaseUrl: string): Promise<Process> {
  const folder = mkdtempSync(join(tmpdir(), "baton-stopping-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const port = await steadyPort();
  const url = `http://127.0.0.1:${port}`;
  const config = join(folder, "baton.json");
  const site = { id: "demo", origins: [url], secrets: [SECRET], bot: { kind: "none" } };
  writeFileSync(config, JSON.stringify({ sites: [site], limits: { drainMs: DRAIN_MS } }));
  const env = { PORT: String(port), DATABASE_URL: databaseUrl, BATON_CONFIG: config, BATON_DATA_DIR: folder };
  const child = spawn(process.execPath, [MAIN], {
    env: { PATH: process.env.PATH, BATON_MASTER_KEY: "a".repeat(64), ...env },
    stdio: "ignore",
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  while (!(await isReady(url))) {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error("the gateway ended before it was ready");
    await sleep(20);
  }
  return { child, url };
}

const isReady = (url: string): Promise<boolean> =>
  fetch(`${url}/readyz`).then(
    ({ ok }) => ok,
    () => false,
  );

test("a step that hangs does not hold a node that is told to go beyond its drainMs", async () => {
  const database = await testDatabase();
  onTestFinished(() => database.drop());
  const link = await databaseLink(database.target);
  onTestFinished(() => link.close());
  if (typeof link.target === "string") throw new Error("a link tells its place in parts");
  const { host, port, database: name, username, password = "" } = link.target;
  const { child, url } = await gatewayOn(`postgres://${username}:${password}@${host}:${port}/${name}`);
  const sql = connectPostgres(database.target, 2);
  onTestFinished(() => sql.end());
  const ada = await new TestClient(url).connected();
  onTestFinished(() => ada.close());
  const { user } = await ada.open();
  await ada.send("hello");
  const held = await latch(sql, { table: "sessions", of: user.id });
  onTestFinished(() => held.open());
  await held.queue(() => ada.send("is anybody there?"));
  const gone = once(child, "exit");
  child.kill("SIGTERM");
  // 0 is the code of one that has finished: what was asked of it here cannot be.
  expect(await gone).toEqual([1, null]);
}, 60_000);
