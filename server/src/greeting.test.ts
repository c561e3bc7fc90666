import { expect, test } from "vitest";
import type { Config } from "./config/config.ts";
import { builtInDemoSite } from "./config/demoSite.ts";
import { LimitsConfig } from "./config/limitsConfig.ts";
import { greeting } from "./greeting.ts";

function config(more: Partial<Config> = {}): Config {
  return {
    port: 3_000,
    host: "127.0.0.1",
    dataDir: "",
    logLevel: "silent",
    testClock: false,
    builtInDemo: true,
    polling: false,
    trustedProxies: [],
    sites: new Map([["demo", builtInDemoSite(3_000, "a-secret-of-the-tests-32-characters")]]),
    limits: LimitsConfig.parse({}),
    ...more,
  };
}

test.each([
  ["127.0.0.1", "http://localhost:3000"],
  ["0.0.0.0", "http://localhost:3000"],
  ["::", "http://localhost:3000"],
  ["::1", "http://[::1]:3000"],
  ["192.168.1.5", "http://192.168.1.5:3000"],
  ["chat.internal", "http://chat.internal:3000"],
])("a gateway on %s says where a browser finds it", (host, url) => {
  const said = greeting(config({ host }));
  expect(said).toContain(`Baton is serving at ${url}\n`);
  expect(URL.canParse(url)).toBe(true);
});

test("someone who tries it is told of the demo page, and of a second device", () => {
  const said = greeting(config());
  expect(said).toContain("Demo page    http://localhost:3000/\n");
  expect(said).toContain("2nd device   http://127.0.0.1:3000/");
  expect(said).toContain("Both         http://localhost:3000/devices");
});

test("a configured gateway shows what to paste for its first site, and no demo", () => {
  const sites = new Map([["shop", builtInDemoSite(3_000, "a-secret-of-the-tests-32-characters")]]);
  const said = greeting(config({ builtInDemo: false, sites }));
  expect(said).not.toContain("Demo page");
  expect(said).toContain('<script async src="http://localhost:3000/widget/v1/loader.js" data-site="shop"></script>');
});

test("a gateway without sites still shows the shape of what to paste", () => {
  expect(greeting(config({ sites: new Map() }))).toContain('data-site="your-site"');
});
