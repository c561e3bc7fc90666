import { expect, test } from "vitest";
import { madeHistory } from "../madeUp/madeHistory.ts";
import { checkHistory } from "./checkHistory.ts";
import { describeFindings } from "./finding.ts";

test("a thousand histories of a system that works are found clean", () => {
  for (let seed = 0; seed < 1_000; seed++) {
    const { history, database } = madeHistory(seed);
    expect(describeFindings(checkHistory(history, database)), `seed ${seed}`).toBe("");
  }
});
