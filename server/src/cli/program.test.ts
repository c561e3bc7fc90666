import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { builtInDemoSite } from "../config/demoSite.ts";
import { demoSecret } from "../dataFolder.ts";
import { createUserTokenVerifier } from "../identity/userToken.ts";
import { runCli } from "./program.ts";

const SECRET = "a-secret-of-at-least-32-characters!!";
const KEY = "bk_0123456789abcdefghijklmnopqrstuv";
const site = {
  id: "shop",
  origins: ["https://shop.example"],
  secrets: [SECRET],
  apiKeys: [{ name: "backend", key: KEY, scopes: ["sessions:read"] }],
};
let folder: string;
let env: Record<string, string>;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "baton-cli-"));
  env = { BATON_DATA_DIR: join(folder, ".baton") };
});
afterEach(() => rmSync(folder, { recursive: true }));

function configFile(content: unknown): string {
  const path = join(folder, "baton.json");
  writeFileSync(path, JSON.stringify(content));
  return path;
}

async function baton(...args: string[]): Promise<{ code: number; out: string; err: string; started: number }> {
  const out: string[] = [];
  const err: string[] = [];
  const starts: true[] = [];
  const code = await runCli(args, {
    env,
    out: (text) => out.push(`${text}\n`),
    err: (text) => err.push(`${text}\n`),
    start: async () => starts.push(true),
  });
  return { code, out: out.join(""), err: err.join(""), started: starts.length };
}

describe("baton token", () => {
  test("prints a token the demo site accepts, and nothing else", async () => {
    const { code, out, err } = await baton("token", "--site", "demo", "--user", "ada", "--name", "Ada", "--ttl", "30m");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    const demo = builtInDemoSite(3_000, await demoSecret(env.BATON_DATA_DIR ?? ""));
    const verdict = await createUserTokenVerifier(demo, { clock: Date.now }).verify(out.trimEnd());
    expect(verdict).toMatchObject({ ok: true, claims: { sub: "ada", name: "Ada" } });
    if (verdict.ok) expect(verdict.claims.exp - verdict.claims.iat).toBe(1_800);
  });

  test("signs for a site of the configuration", async () => {
    env.BATON_CONFIG = configFile({ sites: [site] });
    const { out } = await baton("token", "--site", "shop", "--user", "ada");
    const { verify } = createUserTokenVerifier({ ...builtInDemoSite(1, SECRET), id: "shop" }, { clock: Date.now });
    expect(await verify(out.trimEnd())).toMatchObject({ ok: true });
  });

  test.each([
    [["--site", "shop", "--user", "ada"], "Name one of: demo"],
    [["--site", "demo", "--user", "ada", "--ttl", "soon"], "Write for example 45s"],
    [["--site", "demo", "--user", ""], "1 to 255 characters"],
    [["--site", "demo"], "required option '--user <sub>' not specified"],
  ])("with %j says what to write instead", async (args, words) => {
    const { code, out, err } = await baton("token", ...args);
    expect(code).toBe(1);
    expect(out).toBe("");
    expect(err).toContain(words);
  });

  test("says what a site without secrets needs", async () => {
    env.BATON_CONFIG = configFile({ sites: [{ ...site, secrets: [] }] });
    expect((await baton("token", "--site", "shop", "--user", "ada")).err).toContain("has no secret to sign with");
  });
});

describe("baton check", () => {
  test("says what a configuration means, without its secrets", async () => {
    const { code, out } = await baton("check", configFile({ sites: [site] }));
    expect(code).toBe(0);
    expect(out).toContain("Site shop serves pages of https://shop.example.");
    expect(out).toContain(
      "After 30 min of silence a session is idle (a warning comes 2 min before), after 2 h it ends.",
    );
    expect(out).toContain("The API key backend may sessions:read.");
    expect(out).not.toContain(SECRET);
    expect(out).not.toContain(KEY);
  });

  test("says that nothing is offered where the end comes with the soft expiry", async () => {
    const { out } = await baton("check", configFile({ sites: [{ ...site, policy: { preset: "strict" } }] }));
    expect(out).toContain("After 30 min of silence a session ends (a warning comes 2 min before); nothing is offered.");
  });

  test("says every problem and fails", async () => {
    env.PORT = "x";
    const { code, out, err } = await baton("check", configFile({ sites: [{ ...site, secrets: ["short"] }] }));
    expect(code).toBe(1);
    expect(out).toBe("");
    expect(err).toContain("has 2 problems");
    expect(err).toContain("PORT: must be a number");
    expect(err).toContain("sites[0].secrets[0]: has 5 characters");
  });

  test("explains the demo when there is no configuration", async () => {
    expect((await baton("check")).out).toContain("one site `demo` for this machine");
  });
});

describe("baton resume", () => {
  test("says what would happen and why, in plain words", async () => {
    const { code, out, err } = await baton("resume", "--away", "90m", "--open-question", "--identified");
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toBe(`By the preset support a session is idle after 30 min of silence and ends after 2 h.
Away for 90 min: the last session is idle.

offer: they are asked whether to continue or to start new; typing means continue.
  They read:      «Good to see you again. Continue, or start new?»
  Bot is given:   the session's messages
  May be told:    «an open question»
  Thread:         goes on

Why:
  The session is idle: nothing is lost, but enough time went by to ask. (idle)
`);
  });

  test.each([
    ["1799s", "restored"],
    ["30m", "offer"],
    ["7199s", "offer"],
    ["2h", "primed"],
    ["14d", "primed"],
    // The window counts from the end, 2 h after the last word.
    ["338h", "primed"],
    ["1216801s", "fresh"],
  ])("after %s it is %s, by the same deadlines as the gateway's", async (away, kind) => {
    expect((await baton("resume", "--away", away)).out).toContain(`\n${kind}: `);
  });

  test.each([
    ["--preset strict", "fresh", "window_off"],
    ["--preset concierge", "restored", "still_open"],
    ["--preset concierge --state idle", "offer", "not_verified"],
    ["--state ended", "primed", "within_window"],
    ["--agent", "restored", "agent_case"],
    ["--preset strict --agent ana", "primed", "agent_case"],
    ["--said new", "fresh", "said_new"],
    ["--said continue --state ended", "primed", "said_continue"],
    ["--said hello", "restored", "wrote_while_idle"],
    ["--identified --no-memory", "offer", "memory_off"],
    ["--identified --topic billing --confidence 0.7", "offer", "topic_unsure"],
    ["--identified --topic billing --sensitive", "offer", "topic_sensitive"],
  ])("with %s it is %s: %s", async (words, kind, reason) => {
    const { out, err } = await baton("resume", "--away", "90m", ...words.split(" "));
    expect(err).toBe("");
    expect(out).toContain(`\n${kind}: `);
    expect(out).toContain(`(${reason})`);
  });

  test("names the topic to whom the site has verified, and to nobody else", async () => {
    const args = ["resume", "--away", "3h", "--topic", "billing", "--confidence", "0.9"];
    expect((await baton(...args, "--identified")).out).toMatch(/They read: .*“billing”/);
    expect((await baton(...args)).out).not.toContain("billing");
  });

  test("says what becomes of a flow and of what was pending", async () => {
    const args = ["resume", "--flow", "order", "--pending", "refund", "--away"];
    expect((await baton(...args, "90m")).out).toMatch(/order waits for their answer\n.*refund is confirmed again/);
    expect((await baton(...args, "3h")).out).toMatch(/order stays behind\n.*refund is not done/);
  });

  test("goes by a site's policy and words", async () => {
    const policy = { softExpiryMs: 7_200_000, hardExpiryMs: 10_800_000 };
    const file = configFile({ sites: [{ ...site, policy, texts: { offerGreeting: "Weiter?" } }] });
    const { out } = await baton("resume", "--away", "2h", "--site", "shop", "--config", file);
    expect(out).toContain("By the site shop a session is idle after 2 h");
    expect(out).toContain("«Weiter?»");
    expect((await baton("resume", "--away", "2h", "--site", "demo")).out).toContain("\nprimed: ");
  });

  test.each([
    [[], "required option '--away <duration>' not specified"],
    [["--away", "soon"], "Write for example 45s, 90m, 3h or 14d."],
    [["--away", "999999999d"], "is no duration"],
    [["--away", "1h", "--topic", "x", "--confidence", "90%"], "Write one from 0 to 1: 0.9."],
    [["--away", "1h", "--state", "gone"], "Allowed choices are open, idle, ended."],
    [["--away", "1h", "--preset", "lax"], "Allowed choices are support, strict, concierge."],
    [["--away", "1h", "--preset", "strict", "--site", "demo"], "cannot be used with option '--site <id>'"],
    [["--away", "1h", "--site", "shop"], "Name one of: demo"],
    [["--away", "1h", "--config", "baton.json"], "Add --site."],
  ])("with %j says what to write instead", async (args, words) => {
    expect(await baton("resume", ...args)).toMatchObject({ code: 1, out: "", err: expect.stringContaining(words) });
  });
});

describe("baton drill", () => {
  test.each([
    [["--site", "shop"], "--site is for an installation that runs. Add --url."],
    [["--token-command", "true"], "--token-command is for an installation that runs. Add --url."],
    [["--url", "chat.example.com"], "Write for example https://chat.example.com."],
    [["--url", "http://127.0.0.1:1", "--redis", "cache"], "Write for example redis://user:password@host:6379/0."],
    [["--url", "http://127.0.0.1:1", "--secret", SECRET, "--token-command", "true"], "cannot be used with option"],
  ])("with %j says what to write instead", async (args, words) => {
    expect(await baton("drill", ...args)).toMatchObject({ code: 1, out: "", err: expect.stringContaining(words) });
  });

  test("says once that nobody answers, instead of failing six times", async () => {
    const { code, out, err } = await baton("drill", "--url", "http://127.0.0.1:1");
    expect(code).toBe(1);
    expect(out).not.toContain("FAIL");
    expect(err).toContain("could not connect to http://127.0.0.1:1 as a visitor of the site demo");
  });
});

describe("baton", () => {
  test("starts the gateway", async () => {
    expect(await baton("start")).toMatchObject({ code: 0, started: 1 });
  });

  test("helps, and says so when it does not understand", async () => {
    const { code, out } = await baton("--help");
    expect(code).toBe(0);
    for (const command of ["start", "token", "check", "resume", "drill"]) expect(out).toContain(command);
    expect((await baton("start", "--help")).out).toContain("BATON_MASTER_KEY");
    expect(await baton("strat")).toMatchObject({ code: 2, err: expect.stringContaining("Did you mean start?") });
  });

  test.each([["--help"], ["-h"], ["help"]])("%s prints the usage and starts nothing", async (...words) => {
    const { code, out, err, started } = await baton(...words);
    expect({ code, err, started }).toEqual({ code: 0, err: "", started: 0 });
    for (const command of ["start", "token", "check", "resume", "drill"]) expect(out).toContain(`  ${command} `);
  });

  test("says its version", async () => {
    const version = expect.stringMatching(/^\d+\.\d+\.\d+\n$/);
    expect(await baton("--version")).toEqual({ code: 0, out: version, err: "", started: 0 });
  });

  test.each([
    [["serve"], "unknown command 'serve'", "baton start | token | check | resume | drill"],
    [["--port"], "unknown option '--port'", "baton start | token | check | resume | drill"],
    [["--port", "start"], "unknown option '--port'", "baton start | token | check | resume | drill"],
    [["start", "--port", "1"], "unknown option '--port'", "baton start -h, --help"],
    [["start", "now"], "too many arguments", "baton start -h, --help"],
    [["token", "--site", "demo", "--user", "ada", "--subject", "ada"], "unknown option '--subject'", "--user <sub>"],
  ])("to %j says that it does not know it, and what there is", async (words, unknown, known) => {
    const { code, out, err, started } = await baton(...words);
    expect({ code, out, started }).toEqual({ code: 2, out: "", started: 0 });
    expect(err).toContain(unknown);
    expect(err).toContain(known);
  });
});
