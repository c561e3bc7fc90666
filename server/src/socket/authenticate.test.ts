import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { SiteConfig } from "../config/config.ts";
import type { Identity } from "../identity/identity.ts";
import { createAuthenticate } from "./authenticate.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("while the database hangs a known visitor is let in, long before the transport would be given up", async () => {
  const identity = { claim: async () => ({ kind: "visitor" }), find: () => new Promise(() => {}) };
  const site = { origins: ["http://shop.example"] };
  // What a handshake needs of them.
  const sites = new Map([["demo", site as unknown as SiteConfig]]);
  const authenticate = createAuthenticate(sites, identity as unknown as Identity, () => 0);
  const auth = { protocol: 1, site: "demo", device: { id: "a".repeat(21) }, visitorToken: "v" };
  const judged = authenticate({
    id: "one",
    auth,
    origin: "http://shop.example",
    address: "",
    turnstile: (_stage, work) => work(),
    hasGone: () => false,
  });
  await vi.advanceTimersByTimeAsync(5_000);
  expect(await judged).toMatchObject({ id: "one", claim: { kind: "visitor" } });
});
