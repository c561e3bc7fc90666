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

test("of more people than it holds, the one longest not heard of is dropped", () => {
  const current = createCurrentSessions(2);
  for (const user of ["ada", "bob", "ada", "carol"]) current.set(user, `of ${user}`);
  expect(["ada", "bob", "carol"].map(current.of)).toEqual(["of ada", undefined, "of carol"]);
});
