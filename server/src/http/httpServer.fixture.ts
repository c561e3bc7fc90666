/** A gateway's HTTP side with made-up rooms behind it, for the tests of its routes. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import { readConfig, withSite } from "../config/config.ts";
import { builtInDemoSite } from "../config/demoSite.ts";
import type { SignOut } from "../identity/userStore.ts";
import { createLog } from "../log.ts";
import { createMetrics, type Metrics } from "../metrics.ts";
import type { Transcript } from "../transcript/renderTranscript.ts";
import { createHttpServer } from "./httpServer.ts";

export const KEYS = {
  reads: "bk_0123456789abcdefghijklmnopqrstuv",
  mayNotRead: "bk_which_may_only_read_users_012345",
  signsOut: "bk_signs_users_out_0123456789abcdef",
  ofAnotherSite: "bk_of_another_site_0123456789abcdef",
};
/** As a site's token may call somebody: the longest, and what a URL must escape. */
export const SUB = `a/b?ä€${"x".repeat(249)}`;
export const UNKNOWN_DEVICE = "-".repeat(21);
/** What a visitor wrote, with something hostile in it. */
export const TEXT = "<script>alert('hi')</script>";
export const TIME = "2026-01-01T00:00:00.000Z";
export const demoSite = builtInDemoSite(3_000, "a-secret-of-at-least-32-characters!!");

const inSession = { sessionId: "s_1", threadId: "t_1", createdAt: TIME, status: "complete", kind: "text" } as const;
export const transcript: Transcript = {
  session: { id: "s_1", state: "open", openedAt: TIME, lastActivityAt: TIME, threadId: "t_1", mode: "bot", rev: 1 },
  user: { id: "u_1", name: "Ada" },
  messages: [{ ...inSession, id: "m_1", seq: 1, rev: 1, author: { kind: "visitor", id: "u_1" }, text: TEXT }],
};

const readSessions = ["sessions:read"] as const;
const sites = [
  {
    ...demoSite,
    apiKeys: [
      { name: "backend", key: KEYS.reads, scopes: readSessions },
      { name: "desk", key: KEYS.signsOut, scopes: ["users:write"] as const },
      { name: "weak", key: KEYS.mayNotRead, scopes: ["users:read"] as const },
    ],
  },
  {
    ...demoSite,
    id: "other",
    apiKeys: [{ name: "other", key: KEYS.ofAnotherSite, scopes: [...readSessions, "users:write"] as const }],
  },
];

const WIDGET_FILES = {
  "loader.js": "'loader'",
  "core-BxT3k9_a.js": "'core'",
  "core-BxT3k9_a.js.br": "not really brotli",
  ".secret": "no",
};

function makeWidgetDir(): string {
  const dir = mkdtempSync(join(tmpdir(), "baton-widget-"));
  mkdirSync(join(dir, "text"));
  for (const [name, content] of Object.entries(WIDGET_FILES)) writeFileSync(join(dir, name), content);
  return dir;
}

/** What a database driver throws: with the statement's parameters hung on it. */
function storageError(): Error {
  return new Error("storage is down", { cause: Object.assign(new Error("connection lost"), { parameters: [TEXT] }) });
}

export type HttpFixture = {
  app: FastifyInstance;
  metrics: Metrics;
  /** Lines of the log so far. */
  lines: string[];
  /** What the rooms behind will answer; tests change it. */
  behind: { ready: boolean; checks: Record<string, string>; storageBroken: boolean };
  close(): Promise<void>;
};

function roomsOf(behind: HttpFixture["behind"]) {
  return {
    health: { ready: async () => ({ ready: behind.ready, checks: behind.checks }) },
    transcripts: {
      async read(site: string, id: string) {
        if (behind.storageBroken) throw storageError();
        return site === "demo" && id === "s_1" ? transcript : undefined;
      },
    },
    users: {
      async signOut({ site, user, deviceId }: SignOut) {
        if (behind.storageBroken) throw storageError();
        const isKnown = site === "demo" && ("id" in user ? user.id === "u_1" : user.externalId === SUB);
        return isKnown && deviceId !== UNKNOWN_DEVICE ? { userId: "u_1", at: new Date(TIME) } : undefined;
      },
    },
    demo: { site: () => demoSite, clock: Date.now },
    testClock: { advance: async (advanceMs: number) => advanceMs },
  };
}

export async function createHttpFixture(): Promise<HttpFixture> {
  const widgetDir = makeWidgetDir();
  const metrics = createMetrics();
  const lines: string[] = [];
  const behind = { ready: true, checks: { database: "ok" }, storageBroken: false };
  const config = sites.reduce(withSite, readConfig({ BATON_TEST_CLOCK: "1" }));
  const log = createLog({ level: "debug", destination: { write: (line) => void lines.push(line) } });
  const app = await createHttpServer({ config, log, metrics, widgetDir, ...roomsOf(behind) });
  const close = async () => {
    await app.close();
    metrics.close();
    rmSync(widgetDir, { recursive: true });
  };
  return { app, metrics, lines, behind, close };
}
