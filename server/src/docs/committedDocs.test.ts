import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { NOT_SERVED_YET } from "../commands/visitor/table.ts";
import { createMetrics } from "../metrics.ts";
import { operationsDoc } from "./operationsDoc.ts";
import { protocolDoc } from "./protocolDoc.ts";

function committed(name: string): string {
  return readFileSync(new URL(`../../../docs/${name}`, import.meta.url), "utf8");
}

test("docs/operations.md is what the configuration's schemas say (npm run docs)", async () => {
  const metrics = createMetrics();
  const exposition = await metrics.text();
  metrics.close();
  expect(committed("operations.md")).toBe(operationsDoc(exposition));
});

test("docs/protocol.md is what the wire says (npm run docs)", () => {
  expect(committed("protocol.md")).toBe(protocolDoc(NOT_SERVED_YET));
});
