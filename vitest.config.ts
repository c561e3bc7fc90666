import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  // Tests run from the sources: what was changed is what is tested, without a build in between.
  resolve: { alias: [{ find: /^@baton\/(shared|server)\/(.*)$/, replacement: here("./$1/src/$2.ts") }] },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  test: {
    // A test that passes at the second attempt has told us something: it is never repeated silently.
    retry: 0,
    restoreMocks: true,
    // Hooks start databases and whole nodes: on a busy machine those ten seconds, and the one of a poll, are short of it.
    hookTimeout: 60_000,
    expect: { poll: { timeout: 10_000 } },
    // These tests wait for timers and databases more than they compute: one file at a time leaves half of two cores idle.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    projects: [
      {
        extends: true,
        test: {
          name: "unit",
          include: ["{shared,server,client-widget,scripts,bench,deploy,e2e/soak}/**/*.test.{ts,tsx}"],
          exclude: ["**/node_modules/**", "**/dist/**", "**/gateway.*.test.ts", "**/redis*.test.ts"],
          globalSetup: ["server/src/testing/freshBuild.ts"],
          testTimeout: 20_000,
        },
      },
      {
        extends: true,
        test: {
          name: "gateway",
          include: ["server/src/**/{gateway.*,redis*}.test.ts"],
          globalSetup: [
            "server/src/testing/freshBuild.ts",
            "server/src/testing/postgresForRun.ts",
            "server/src/testing/redisForRun.ts",
          ],
          testTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          name: "protocol",
          include: ["e2e/protocol/**/*.test.ts"],
          globalSetup: ["server/src/testing/freshBuild.ts"],
          testTimeout: 30_000,
        },
      },
      {
        extends: true,
        test: {
          name: "attacks",
          include: ["e2e/attacks/**/*.test.ts"],
          globalSetup: ["server/src/testing/freshBuild.ts"],
          // Each file floods a process of its own, and is measured: one at a time has the machine.
          fileParallelism: false,
          testTimeout: 60_000,
        },
      },
      {
        extends: true,
        test: {
          name: "faults",
          include: ["e2e/faults/**/*.test.ts"],
          globalSetup: ["server/src/testing/freshBuild.ts"],
          // Processes are killed here: one file at a time has the machine.
          fileParallelism: false,
          testTimeout: 60_000,
        },
      },
    ],
  },
});
