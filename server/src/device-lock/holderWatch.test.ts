import { expect, test } from "vitest";
import { createHolderWatch } from "./holderWatch.ts";

test("a clock that ticks while somebody looks is no sign of life of a device that is gone", async () => {
  let time = 1_000_000;
  const watch = createHolderWatch({
    lock: { read: async () => undefined, knows: async () => true, settle: async () => ({ kind: "held" }) },
    people: { of: () => [] },
    now: () => ++time,
  });
  watch.begin(60_000);
  const holder = { deviceId: "phone", label: "Phone", since: 0 };
  expect(await watch.isLive("ada", { holder, epoch: 2 })).toBe(false);
});
