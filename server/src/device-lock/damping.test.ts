import { expect, test } from "vitest";
import { describeDamping } from "./damping.contract.ts";
import { createDamping } from "./damping.ts";

describeDamping("the damping of one process", createDamping);

test("who was forgotten for want of room is the one that rested longest", async () => {
  const { press } = createDamping({ now: () => 0, maxUsers: 2 });
  for (const _ of [1, 2, 3]) await press("ada");
  await press("bob");
  expect(await press("ada")).toBe(10_000);
  await press("cleo");
  expect(await press("ada")).toBe(10_000);
  await press("dan");
  await press("eve");
  expect(await press("ada")).toBe(0);
});
