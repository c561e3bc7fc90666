// `baton drill` as people run it: as a process, against an installation of its own, one that runs, and servers with a flaw.
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type RedisServer, startRedisServer } from "@baton/server/testing/redisServer";
import { expect, onTestFinished, test } from "vitest";
import { type GatewayHome, GatewayProcess, gatewayHome } from "../gatewayProcess.ts";
import { startCluster } from "./cluster/cluster.ts";
import { type Flaw, FlawedServer } from "./flawedServer.ts";

const BATON = fileURLToPath(new URL("../../server/bin/baton.mjs", import.meta.url));
const TITLES = [
  "Abrupt disconnect",
  "Three refreshes in 10 s",
  "Two devices at once",
  "60 days away",
  "Corrupt cache",
  "Redis gone",
];

type Drilled = { code: number | null; said: string; verdicts: string[] };

async function drill(args: readonly string[], env: Record<string, string> = {}): Promise<Drilled> {
  const child = spawn(process.execPath, [BATON, "drill", ...args], {
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  onTestFinished(() => void child.kill("SIGKILL"));
  let said = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (text) => (said += String(text)));
  const [code] = await once(child, "close");
  return { code, said, verdicts: TITLES.map((title) => verdictOf(title, said)) };
}

function verdictOf(title: string, said: string): string {
  return new RegExp(`^\\d\\. ${title}: (PASS|FAIL|NOT TRIED)`, "m").exec(said)?.[1] ?? "not told";
}

const hasRedis = spawnSync("redis-server", ["--version"]).status === 0;

/** What the drill started says where it lies: in its command line. */
function processesWith(text: string): string[] {
  const { stdout } = spawnSync("ps", ["-eo", "args"], { encoding: "utf8" });
  return stdout.split("\n").filter((line) => line.includes(text));
}

test("the six pass in an installation of its own, of which nothing is left, whatever the environment names", async () => {
  const folder = mkdtempSync(join(tmpdir(), "baton-drills-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  // A drill must not end up in what the operator's shell has at hand.
  const theirs = { DATABASE_URL: "postgres://127.0.0.1:1/production", BATON_CONFIG: "/nowhere.json", PORT: "1" };
  const { code, said, verdicts } = await drill([], { TMPDIR: folder, ...theirs });
  const redis = hasRedis ? "PASS" : "NOT TRIED";
  expect(verdicts, said).toEqual(["PASS", "PASS", "PASS", "PASS", redis, redis]);
  expect(said).not.toContain("WRONG");
  expect(code).toBe(0);
  expect(readdirSync(folder)).toEqual([]);
  expect(processesWith(folder)).toEqual([]);
}, 180_000);

async function runningGateway(): Promise<GatewayHome> {
  const home = await gatewayHome();
  const gateway = new GatewayProcess(home);
  onTestFinished(async () => {
    await gateway.stop();
    home.remove();
  });
  await gateway.start();
  return home;
}

test("against a gateway that runs, what needs more than the wire is not tried, and says what it needs", async () => {
  const home = await runningGateway();
  const { code, said, verdicts } = await drill(["--url", home.url]);
  expect(verdicts, said).toEqual(["PASS", "PASS", "PASS", "NOT TRIED", "NOT TRIED", "NOT TRIED"]);
  expect(said).toContain("BATON_TEST_CLOCK=1");
  expect(said).toContain("finds «fresh»");
  expect(said).toContain("give its REDIS_URL as --redis");
  expect(said).toContain("3 passed, 0 failed, 3 not tried.");
  expect(code).toBe(0);

  const foreign = await drill(["--url", home.url, "--origin", "https://shop.example.com"]);
  expect(foreign).toMatchObject({ code: 1, said: expect.stringContaining("Name an origin of the site's list") });
}, 120_000);

async function ownRedis(): Promise<RedisServer> {
  const folder = mkdtempSync(join(tmpdir(), "baton-redis-"));
  const redis = await startRedisServer({ folder });
  onTestFinished(async () => {
    await redis.kill();
    rmSync(folder, { recursive: true, force: true });
  });
  return redis;
}

async function against(flaw?: Flaw): Promise<Drilled> {
  const server = await FlawedServer.start(flaw);
  onTestFinished(() => server.stop());
  return drill(["--url", server.url]);
}

test("a small server without a flaw passes what the wire can tell", async () => {
  const { code, said, verdicts } = await against();
  expect(verdicts, said).toEqual(["PASS", "PASS", "PASS", "NOT TRIED", "NOT TRIED", "NOT TRIED"]);
  expect(code).toBe(0);
});

test.each<[Flaw, string, string]>([
  ["loses a message that it acknowledged", "Abrupt disconnect", "was acknowledged at place 2 and is not there"],
  [
    "forgets the session when somebody comes back",
    "Abrupt disconnect",
    "5 of 5 openings found another session, or none",
  ],
  ["forgets the session when somebody comes back", "Three refreshes in 10 s", "3 of 3 openings found another session"],
  ["stores what is sent again a second time", "Abrupt disconnect", "is there twice"],
  [
    "takes a page's reload for another device",
    "Three refreshes in 10 s",
    "1 of 1 openings of the active device found that it may not write",
  ],
  ["drops the draft", "Three refreshes in 10 s", "was gone after 2 of 2 refreshes"],
  ["drops the draft", "Two devices at once", "The half sentence did not appear"],
  ["lets every device write", "Two devices at once", "writes from a device that had lost the baton 4 were accepted"],
  ["tells nobody else of a message", "Two devices at once", "The other device did not hear 4 of 4 messages"],
  ["does not tell the loser", "Two devices at once", "The loser was not told 3 of 3 times"],
  ["leaves holes", "Abrupt disconnect", "place 2 is missing: the next one is 3"],
])(
  "a server that %s fails «%s»",
  async (flaw, title, words) => {
    const { code, said } = await against(flaw);
    expect(verdictOf(title, said), said).toBe("FAIL");
    expect(said).toMatch(new RegExp(`WRONG .*${words}`));
    expect(code).toBe(1);
  },
  120_000,
);

test.runIf(hasRedis)(
  "a server that keeps its words in Redis alone loses them there, and is found out",
  async () => {
    const redis = await ownRedis();
    const server = await FlawedServer.start("keeps its words in Redis alone", redis.url);
    onTestFinished(() => server.stop());
    const { code, said } = await drill(["--url", server.url, "--redis", redis.url, "--disturb"]);
    expect(verdictOf("Abrupt disconnect", said), said).toBe("PASS");
    expect(verdictOf("Corrupt cache", said), said).toBe("FAIL");
    expect(said).toMatch(/WRONG .*is not there/);
    expect(verdictOf("Redis gone", said), said).toBe("FAIL");
    expect(code).toBe(1);
  },
  120_000,
);

test.runIf(hasRedis)(
  "a Redis is damaged for the drill's visitors alone, and taken away only when that was asked for",
  async () => {
    const [cluster, other] = await Promise.all([startCluster({ nodes: 1 }), ownRedis()]);
    onTestFinished(() => cluster.close());
    const { url = "" } = cluster.nodes[0] ?? {};
    const redisUrl = `redis://127.0.0.1:${cluster.redis.port}`;
    const theirs = "baton:{somebody}:lock";
    await cluster.redis.ask("SET", theirs, "theirs");

    const asked = await drill(["--url", url, "--redis", redisUrl]);
    expect(asked.verdicts, asked.said).toEqual(["PASS", "PASS", "PASS", "NOT TRIED", "PASS", "NOT TRIED"]);
    expect(asked.said).toContain("Say --disturb if that is all right");
    const elsewhere = await drill(["--url", url, "--redis", other.url]);
    expect(elsewhere.verdicts.at(4), elsewhere.said).toBe("NOT TRIED");
    expect(elsewhere.said).toContain("it is not the one this gateway uses");
    const signedIn = ["--secret", "a-secret-of-the-tests-32-characters"];
    const disturbed = await drill(["--url", url, "--redis", redisUrl, "--disturb", ...signedIn]);
    expect(disturbed.verdicts, disturbed.said).toEqual(["PASS", "PASS", "PASS", "NOT TRIED", "PASS", "PASS"]);
    expect(disturbed.said).toContain("Redis was paused, and away for 5");
    expect(await cluster.redis.ask("GET", theirs)).toBe("theirs");
  },
  180_000,
);

test("visitors are signed in by whatever prints a token for them", async () => {
  const home = await runningGateway();
  const env = { BATON_DATA_DIR: home.dataDir };
  const command = `"${process.execPath}" "${BATON}" token --site demo --user "$BATON_USER"`;
  const { code, said } = await drill(["--url", home.url, "--token-command", command], env);
  expect(said).toContain("3 passed, 0 failed, 3 not tried.");
  expect(code).toBe(0);
  const failing = await drill(["--url", home.url, "--token-command", "false"], env);
  expect(failing).toMatchObject({ code: 1, said: expect.stringContaining("--token-command printed no token") });
}, 120_000);

test("a server that speaks otherwise is told so, and nothing is made up", async () => {
  const { code, said } = await against("answers in another language");
  expect(code).toBe(1);
  expect(said).toContain("the answer to session:open is not of protocol 1");
});
