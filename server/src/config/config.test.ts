import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { type Config, ConfigError, readConfig, withSite } from "./config.ts";
import { builtInDemoSite } from "./demoSite.ts";

const folder = mkdtempSync(join(tmpdir(), "baton-config-"));
afterAll(() => rmSync(folder, { recursive: true }));

const SECRET = "a-secret-of-at-least-32-characters!!";
const KEY = "bk_0123456789abcdefghijklmnopqrstuv";
const site = { id: "demo", origins: ["http://localhost:3000"], secrets: [SECRET] };
let files = 0;

function written(content: unknown): string {
  const path = join(folder, `${files++}.json`);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

function read(content: unknown, env: Record<string, string> = {}): Config {
  return readConfig({ BATON_CONFIG: written(content), ...env });
}

function problemsOf(act: () => unknown): readonly string[] {
  try {
    act();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe("a configuration", () => {
  test("may be left out altogether", () => {
    const config = readConfig({});
    expect(config).toMatchObject({
      port: 3_000,
      host: "127.0.0.1",
      testClock: false,
      builtInDemo: true,
      polling: true,
    });
    expect(config.dataDir).toMatch(/^\/.*\/\.baton$/);
    expect(config.sites.size).toBe(0);
    expect(config).not.toHaveProperty("databaseUrl");
  });

  test("takes an empty variable for one that is not set", () => {
    expect(readConfig({ PORT: "", BATON_CONFIG: "", DATABASE_URL: "" })).toMatchObject({
      port: 3_000,
      builtInDemo: true,
    });
  });

  test("is read from the file the operators' guide shows", () => {
    const config = read({
      sites: [
        {
          ...site,
          apiKeys: [{ name: "backend", key: KEY, scopes: ["sessions:read"] }],
          policy: { softExpiryMs: 1_800_000 },
          bot: { kind: "demo" },
          texts: {},
        },
      ],
      limits: { userMessagesPerSecond: 7 },
    });
    expect(config).toMatchObject({ builtInDemo: false, limits: { userMessagesPerSecond: 7, userMessageBurst: 20 } });
    const policy = { softExpiryMs: 1_800_000, warnBeforeMs: 120_000, oneDevice: "ask", preset: "support" };
    expect(config.sites.get("demo")).toMatchObject({ id: "demo", bot: { kind: "demo" }, policy });
  });

  test("takes what a site leaves out from its preset, and its end from its own soft expiry when strict", () => {
    const policyOf = (policy: object) => read({ sites: [{ ...site, policy }] }).sites.get("demo")?.policy;
    expect(policyOf({ preset: "concierge" })).toMatchObject({ softExpiryMs: 14_400_000 });
    expect(policyOf({ preset: "strict", softExpiryMs: 7_200_000 })).toMatchObject({
      hardExpiryMs: 7_200_000,
      primeWindowMs: 0,
    });
  });

  test("cannot be changed afterwards, not even one site deep inside", () => {
    const config = withSite(readConfig({}), builtInDemoSite(3_000, SECRET));
    expect(() =>
      Reflect.apply(Map.prototype.get, config.sites, ["demo"]).origins.push("https://evil.example"),
    ).toThrow();
    expect(() => (config.sites as Map<string, unknown>).set("other", {})).toThrow();
    expect(() => Object.assign(config.limits, { userConnections: 1 })).toThrow();
    expect(config.sites.get("demo")?.origins).toEqual(["http://localhost:3000", "http://127.0.0.1:3000"]);
  });

  test("accepts the master key in the spellings tools print", () => {
    const key = Buffer.alloc(32, 0xfb);
    for (const text of [
      key.toString("base64"),
      key.toString("base64url"),
      key.toString("hex"),
      key.toString("hex").toUpperCase(),
    ]) {
      expect(readConfig({ BATON_MASTER_KEY: text }).masterKey).toEqual(key);
    }
  });
});

describe("a wrong environment", () => {
  test.each<[Record<string, string>, string]>([
    [{ PORT: "http" }, "PORT: must be a number"],
    [{ PORT: "70000" }, "PORT: must be a number"],
    [{ PORT: "-1" }, "PORT: must be a number"],
    [{ HOST: "http://localhost" }, "HOST: must be an address"],
    [{ DATABASE_URL: "mysql://db" }, "DATABASE_URL: must be a URL"],
    [{ DATABASE_URL: "postgres://db/baton" }, "BATON_MASTER_KEY: is required with DATABASE_URL"],
    [
      { REDIS_URL: "redis+sentinel://one" },
      "REDIS_URL: does not name the master. Write the name that the Sentinels know behind the hosts: redis+sentinel://host:26379/mymaster.",
    ],
    [
      { REDIS_URL: "redis+cluster://one/1" },
      "REDIS_URL: has something behind the hosts, and a cluster has one database",
    ],
    [{ BATON_MASTER_KEY: "short" }, "BATON_MASTER_KEY: must be 32 bytes"],
    [{ BATON_LOG_LEVEL: "loud" }, "BATON_LOG_LEVEL: must be one of silent, fatal"],
    [{ BATON_TEST_CLOCK: "yes" }, "BATON_TEST_CLOCK: must be 1 or 0"],
    [{ BATON_TEST_CLOCK: "1", HOST: "0.0.0.0" }, "BATON_TEST_CLOCK: anyone who reaches 0.0.0.0"],
    [{ BATON_CONFIG: "/nowhere/baton.json" }, "BATON_CONFIG: the file /nowhere/baton.json does not exist"],
    [{ BATON_CONFIG: tmpdir() }, "cannot be read (EISDIR)"],
  ])("%j is refused: %s", (env, problem) => {
    expect(problemsOf(() => readConfig(env))).toEqual([expect.stringContaining(problem)]);
  });

  test("never shows a secret in its problems", () => {
    const env = {
      BATON_MASTER_KEY: "do-not-print-me",
      DATABASE_URL: "postgre://user:hunter2@db",
      REDIS_URL: "redis://:hunter2@a,b",
    };
    expect(problemsOf(() => readConfig(env)).join()).not.toMatch(/do-not-print-me|hunter2/);
  });
});

describe("a wrong file", () => {
  const withPolicy = (policy: object) => ({ sites: [{ ...site, policy }] });
  test.each<[string, unknown, string]>([
    ["is no JSON", '{ "sites": [\n  { "id": }\n] }', "is not JSON at line 2, column 11"],
    ["ends too early", '{ "sites": [', "is not JSON at line 1, column 13"],
    ["is a list", [], "the file: must be an object"],
    ["has no sites", {}, "sites: is missing"],
    ["has an empty list of sites", { sites: [] }, "sites: is empty"],
    ["misspells a key", { sites: [site], limts: {} }, "limts: is no setting of that name. Did you mean limits?"],
    [
      "misspells a key of a site",
      { sites: [{ ...site, secerts: [] }] },
      "sites[0].secerts: is no setting of that name. Did you mean secrets?",
    ],
    [
      "invents a key of a bot",
      { sites: [{ ...site, bot: { kind: "demo", colour: 1 } }] },
      "sites[0].bot.colour: is no setting",
    ],
    [
      "names an unknown bot",
      { sites: [{ ...site, bot: { kind: "oracle" } }] },
      "sites[0].bot.kind: must have a kind that is known",
    ],
    ["has two sites of one id", { sites: [site, site] }, "sites[1].id: is the same as sites[0].id"],
    ["has an id with a space", { sites: [{ ...site, id: "my shop" }] }, "sites[0].id: must be 1 to 64"],
    ["has no origin", { sites: [{ ...site, origins: [] }] }, "sites[0].origins: is empty"],
    [
      "has a slash behind an origin",
      { sites: [{ ...site, origins: ["http://localhost:3000/"] }] },
      "Write http://localhost:3000.",
    ],
    [
      "has capitals in an origin",
      { sites: [{ ...site, origins: ["https://Shop.Example"] }] },
      "Write https://shop.example.",
    ],
    ["has a star for an origin", { sites: [{ ...site, origins: ["*"] }] }, "every page would be let in"],
    ["has a host for an origin", { sites: [{ ...site, origins: ["shop.example"] }] }, "Write scheme, host and port"],
    ["has null for an origin", { sites: [{ ...site, origins: ["null"] }] }, "is not an exact origin"],
    ["has a short secret", { sites: [{ ...site, secrets: ["short"] }] }, "sites[0].secrets[0]: has 5 characters"],
    [
      "has a JWKS without TLS",
      { sites: [{ ...site, jwksUrl: "http://keys.example/" }] },
      "sites[0].jwksUrl: must be an https URL",
    ],
    [
      "names an unknown scope",
      { sites: [{ ...site, apiKeys: [{ name: "a", key: KEY, scopes: ["all"] }] }] },
      "apiKeys[0].scopes[0]: must be one of sessions:read",
    ],
    ["warns too late", withPolicy({ warnBeforeMs: 19_999 }), "sites[0].policy.warnBeforeMs: must be at least 20000"],
    [
      "warns before it begins",
      withPolicy({ warnBeforeMs: 60_000, softExpiryMs: 60_000 }),
      "warnBeforeMs (60000) must be less than softExpiryMs (60000)",
    ],
    [
      "ends before it idles",
      withPolicy({ softExpiryMs: 7_200_001 }),
      "must be at most hardExpiryMs (7200000, from preset support)",
    ],
    [
      "keeps the digest shorter than the text",
      withPolicy({ digestRetentionMs: 1 }),
      "rawRetentionMs (2592000000, from preset support) must be at most digestRetentionMs (1)",
    ],
    ["knows another rule of devices", withPolicy({ oneDevice: "two" }), "sites[0].policy.oneDevice"],
    [
      "quotes a number",
      { sites: [site], limits: { handshakeMs: "8000" } },
      "limits.handshakeMs: must be a whole number",
    ],
    ["trusts no address", { sites: [site], trustedProxies: ["proxy"] }, "trustedProxies[0]: must be an address"],
  ])("that %s is refused", (_what, content, problem) => {
    expect(problemsOf(() => read(content))).toEqual([expect.stringContaining(problem)]);
  });

  test("that gives one API key to two sites is refused", () => {
    const apiKeys = [{ name: "backend", key: KEY, scopes: ["sessions:read"] }];
    const content = {
      sites: [
        { ...site, apiKeys },
        { ...site, id: "other", apiKeys },
      ],
    };
    expect(problemsOf(() => read(content))).toEqual([
      "sites[1].apiKeys[0].key: is the same as sites[0].apiKeys[0].key. Give each one a key of its own.",
    ]);
  });

  test("is told every problem at once, relations beside plain mistakes and the environment's own", () => {
    const content = {
      sites: [{ ...site, secrets: ["short"], policy: { warnBeforeMs: 30_000, softExpiryMs: 20_000, turns: "never" } }],
      limits: { handshakeMs: 0 },
    };
    const problems = problemsOf(() => read(content, { PORT: "x" }));
    const places = [
      "PORT",
      "sites[0].secrets[0]",
      "sites[0].policy.turns",
      "limits.handshakeMs",
      "sites[0].policy.warnBeforeMs",
    ];
    expect(problems.map((problem) => problem.split(":")[0])).toEqual(places);
  });

  test("with a byte order mark is no wrong file", () => {
    expect(read(`\ufeff${JSON.stringify({ sites: [site] })}`).sites.size).toBe(1);
  });

  test("with prototype keys changes nothing but its own list of problems", () => {
    const content = `{"sites":[${JSON.stringify(site)}],"__proto__":{"polluted":true}}`;
    expect(problemsOf(() => read(content))).toHaveLength(1);
    expect({}).not.toHaveProperty("polluted");
  });
});
