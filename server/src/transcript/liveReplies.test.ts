import { expect, test } from "vitest";
import { createLiveReplies } from "./liveReplies.ts";

test("a reply that runs here is known by what it has written so far, until it is over", () => {
  const [live, run, later] = [createLiveReplies(), {}, {}];
  expect(live.textOf("m")).toBeUndefined();
  live.set("m", "", run);
  expect(live.textOf("m")).toBe("");
  live.set("m", "Hel", run);
  live.set("other", "Bye", run);
  expect(live.textOf("m")).toBe("Hel");
  live.set("m", "H", later);
  live.delete("m", run);
  expect(live.textOf("m"), "of the run that has it now").toBe("H");
  live.delete("m", later);
  expect(live.textOf("m")).toBeUndefined();
  expect(live.textOf("other")).toBe("Bye");
});
