import { expect, test } from "vitest";
import { isOriginAllowed } from "./origins.ts";

const site = { origins: ["https://shop.example", "http://localhost:3000"], allowNonBrowserClients: false };

test.each<[string, string | undefined, boolean]>([
  ["the page on the list", "https://shop.example", true],
  ["another one on the list", "http://localhost:3000", true],
  ["a foreign page", "https://evil.example", false],
  ["a client that is no browser", undefined, false],
  ["a sandboxed frame", "null", false],
  ["an empty header", "", false],
  ["a name that ends alike", "https://evilshop.example", false],
  ["a name that begins alike", "https://shop.example.evil.example", false],
  ["a subdomain", "https://www.shop.example", false],
  ["a parent domain", "https://example", false],
  ["other letters' case", "https://SHOP.example", false],
  ["another scheme", "http://shop.example", false],
  ["another port", "https://shop.example:8443", false],
  ["the default port, written", "https://shop.example:443", false],
  ["a path", "https://shop.example/", false],
  ["a user name", "https://shop.example@evil.example", false],
  ["two origins", "https://shop.example, https://evil.example", false],
  ["space around it", " https://shop.example", false],
  ["a dot behind it", "https://shop.example.", false],
])("%s: %s", (_what, origin, allowed) => {
  expect(isOriginAllowed(origin, site)).toBe(allowed);
});

test("a site may let in clients that are no browsers, and still no foreign page", () => {
  const open = { ...site, allowNonBrowserClients: true };
  expect(isOriginAllowed(undefined, open)).toBe(true);
  expect(isOriginAllowed("null", open)).toBe(false);
  expect(isOriginAllowed("https://evil.example", open)).toBe(false);
});
