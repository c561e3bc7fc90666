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

describe("baton", () => {
  test("starts the gateway", async () => {
    expect(await baton("start")).toMatchObject({ code: 0, started: 1 });
  });

  test("helps, and says so when it does not understand", async () => {
    const { code, out } = await baton("--help");
    expect(code).toBe(0);
    for (const command of ["start", "token", "check"]) expect(out).toContain(command);
    expect((await baton("start", "--help")).out).toContain("BATON_MASTER_KEY");
    expect(await baton("strat")).toMatchObject({ code: 1, err: expect.stringContaining("Did you mean start?") });
  });
});
