import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { LimitsConfig } from "./limitsConfig.ts";

const sources = fileURLToPath(new URL("..", import.meta.url));
const isReader = (path: string) =>
  path.endsWith(".ts") &&
  !path.endsWith(".test.ts") &&
  !/^(?:docs|testing)\//.test(path) &&
  path !== "config/limitsConfig.ts";
const text = readdirSync(sources, { recursive: true, encoding: "utf8" })
  .filter(isReader)
  .map((path) => readFileSync(`${sources}${path}`, "utf8"))
  .join("\n");

test.each(Object.keys(LimitsConfig.shape))("what an operator says of %s is read somewhere", (key) => {
  expect(text).toMatch(new RegExp(`\\b${key}\\b`));
});
