import { expect, test } from "vitest";
import { builtInDemoSite } from "./demoSite.ts";

test.each([
  [3_000, ["http://localhost:3000", "http://127.0.0.1:3000"]],
  [80, ["http://localhost", "http://127.0.0.1"]],
])("the demo on port %i is opened from the origins a browser would name", (port, origins) => {
  expect(builtInDemoSite(port, "x".repeat(32)).origins).toEqual(origins);
});
