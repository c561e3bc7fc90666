import { expect, test } from "vitest";
import { builtInDemoSite } from "../config/demoSite.ts";
import { createApiKeys } from "./apiKeys.ts";

const key = "bk_0123456789abcdefghijklmnopqrstuv";
const site = {
  ...builtInDemoSite(3_000, "x".repeat(32)),
  apiKeys: [{ name: "backend", key, scopes: ["sessions:read"] as const }],
};
const keys = createApiKeys([site]);

test("a key says whose it is and what it may do", () => {
  const caller = { site: "demo", keyName: "backend", scopes: ["sessions:read"] };
  expect(keys.find(`Bearer ${key}`)).toEqual(caller);
  expect(keys.find(`bearer ${key}`)).toEqual(caller);
});

test.each([
  undefined,
  "",
  "Bearer",
  "Bearer ",
  key,
  `Basic ${key}`,
  `Bearer ${key}x`,
  `Bearer ${key.slice(1)}`,
  `Bearer  ${key}`,
  `Bearer ${key} ${key}`,
  `Bearer ${key.toUpperCase()}`,
  `Bearer ${"x".repeat(10_000)}`,
])("%s is nobody's key", (header) => {
  expect(keys.find(header)).toBeUndefined();
});
