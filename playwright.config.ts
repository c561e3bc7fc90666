import { defineConfig } from "@playwright/test";

const isRoot = process.getuid?.() === 0;
const quietBrowser = [
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

export default defineConfig({
  testDir: "e2e",
  testMatch: "{journeys,embedding}/**/*.spec.ts",
  outputDir: "test-results",
  // Tests start gateways of their own: no order between them, and no server that one could leave in a strange state.
  fullyParallel: true,
  // Two browsers and their gateways share two cores, and one thing awaited may take 15 s.
  timeout: 60_000,
  workers: 2,
  // A flaky test is a bug of the first rank, not a reason to try again.
  retries: 0,
  forbidOnly: process.env.CI !== undefined,
  reporter: [
    ["list"],
    ["json", { outputFile: process.env.PLAYWRIGHT_JSON_OUTPUT_FILE ?? "test-results/results.json" }],
  ],
  use: {
    browserName: "chromium",
    trace: "retain-on-failure",
    launchOptions: {
      executablePath: process.env.CHROMIUM_PATH ?? "/usr/bin/chromium",
      // Chromium refuses its sandbox to root.
      args: isRoot ? [...quietBrowser, "--no-sandbox"] : quietBrowser,
    },
  },
});
