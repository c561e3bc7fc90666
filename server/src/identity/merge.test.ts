import { expect, test } from "vitest";
import { type Merge, mayMerge, mergedEpoch, type Side, whichStays, whoHolds } from "./merge.ts";

const SIGNED_OUT = 1_700_000_000_500;
const at = new Date(SIGNED_OUT);
const second = Math.floor(SIGNED_OUT / 1_000);

const side = (more: Partial<Side> = {}): Side => ({
  id: "ada",
  kind: "identified",
  epoch: 4,
  active_device_id: "phone",
  not_before: null,
  merged_into: null,
  erased_at: null,
  device_not_before: null,
  ...more,
});
const anonymous = (more: Partial<Side> = {}): Side => side({ id: "v", kind: "visitor", epoch: 2, ...more });

const claims: Pick<Merge, "claim" | "visitor"> = {
  claim: { kind: "identified", claims: { sub: "ada", iat: second - 1, exp: second + 3_600 } },
  visitor: { kind: "visitor", userId: "v", issuedAtMs: SIGNED_OUT },
};

test.each<[string, Side, Side, boolean]>([
  ["a visitor becomes the person", side(), anonymous(), true],
  ["a visitor who became somebody", side(), anonymous({ merged_into: "bob" }), false],
  ["a visitor who was erased", side(), anonymous({ erased_at: at }), false],
  ["a visitor who was signed out", side(), anonymous({ not_before: at }), false],
  ["a visitor who was signed out on this device", side(), anonymous({ device_not_before: at }), false],
  ["a visitor whose token is newer", side(), anonymous({ not_before: new Date(SIGNED_OUT - 1) }), true],
  ["a person is no visitor", side(), side({ id: "v" }), false],
  ["a person who was erased", side({ erased_at: at }), anonymous(), false],
  ["a person who was signed out", side({ not_before: at }), anonymous(), false],
  ["a person who was signed out on this device", side({ device_not_before: at }), anonymous(), false],
  ["nobody becomes a visitor", anonymous({ id: "u" }), anonymous(), false],
])("%s: merged or not", (_who, user, visitor, may) => {
  expect(mayMerge(claims, user, visitor)).toBe(may);
});

const own = { id: "own", lastActivityAt: 5 };
test.each([
  [undefined, undefined, undefined, undefined],
  [own, undefined, "own", undefined],
  [undefined, { id: "visitor's", lastActivityAt: 1 }, "visitor's", undefined],
  [own, { id: "visitor's", lastActivityAt: 4 }, "own", "visitor's"],
  [own, { id: "visitor's", lastActivityAt: 5 }, "own", "visitor's"],
  [own, { id: "visitor's", lastActivityAt: 6 }, "visitor's", "own"],
])("of %j and %j the later goes on", (users, visitors, stays, ends) => {
  expect(whichStays(users, visitors)).toEqual({ stays, ends });
});

test("the epoch is above both", () => {
  expect(mergedEpoch({ epoch: 4 }, { epoch: 2 })).toBe(5);
  expect(mergedEpoch({ epoch: 2 }, { epoch: 9 })).toBe(10);
});

const device = { id: "laptop", label: "" };
test.each([
  ["the person's device that is there", 4, true, "phone", "phone"],
  ["the one that signs in when theirs is away", 4, false, "phone", "laptop"],
  ["the one that signs in when they never had one", 4, true, null, "laptop"],
  ["the person's device that took over after the look", 3, false, "phone", "phone"],
  ["the one that signs in, their own", 4, true, "laptop", "laptop"],
])("the baton is with %s", (_who, seenAt, isLive, active, holder) => {
  const user = { epoch: 4, active_device_id: active };
  expect(whoHolds(user, { holder: { epoch: seenAt, isLive }, device })).toBe(holder);
});
