import { expect, test } from "vitest";
import { createLiveReplies } from "./liveReplies.ts";

test("a reply that runs here is known by what it has written so far, until it is over", () => {
  const live = createLiveReplies();
  expect(live.textOf("m")).toBeUndefined();
  live.set("m", "");
  expect(live.textOf("m")).toBe("");
  live.set("m", "Hel");
  live.set("other", "Bye");
  expect(live.textOf("m")).toBe("Hel");
  live.delete("m");
  expect(live.textOf("m")).toBeUndefined();
  expect(live.textOf("other")).toBe("Bye");
});
