import { expect, test } from "vitest";
import { createCurrentSessions } from "./currentSessions.ts";

test("each person has the session last heard of, until it is over or forgotten", () => {
  const current = createCurrentSessions();
  expect(current.of("ada")).toBeUndefined();
  current.set("ada", "s1");
  current.set("bob", "s2");
  current.set("ada", "s3");
  expect([current.of("ada"), current.of("bob")]).toEqual(["s3", "s2"]);
  current.set("ada", undefined);
  current.forget("bob");
  current.forget("nobody");
  expect([current.of("ada"), current.of("bob")]).toEqual([undefined, undefined]);
});
