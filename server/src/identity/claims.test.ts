import { expect, test } from "vitest";
import { type Claim, changedProfile, profileOf, whyVoid } from "./claims.ts";
import type { KnownUser } from "./userStore.ts";

const SIGNED_OUT = 1_700_000_000_500;
const at = new Date(SIGNED_OUT);
const second = Math.floor(SIGNED_OUT / 1_000);

const known = (more: Partial<KnownUser> = {}): KnownUser => ({
  id: "ada",
  site: "demo",
  kind: "visitor",
  external_id: null,
  name: null,
  email: null,
  locale: null,
  epoch: 1,
  not_before: null,
  merged_into: null,
  erased_at: null,
  device_not_before: null,
  device_label: null,
  keys: [],
  read_at: new Date(0),
  ...more,
});

const visitor = (issuedAtMs = SIGNED_OUT + 1): Claim => ({ kind: "visitor", userId: "ada", issuedAtMs });
const identified = (iat = second): Claim => ({ kind: "identified", claims: { sub: "ada", iat, exp: iat + 3_600 } });
const someoneNew: Claim = { kind: "new", userId: "ada" };
const unverified: Claim = { kind: "unverified", token: "t" };

test.each([
  ["a visitor nobody knows", visitor(), undefined, "token_invalid"],
  ["a visitor who is known", visitor(), known(), undefined],
  ["somebody new", someoneNew, undefined, undefined],
  ["a person seen for the first time", identified(), undefined, undefined],
  ["a person who is known", identified(), known(), undefined],
  ["a visitor who was erased", visitor(), known({ erased_at: at }), "user_erased"],
  ["a person who was erased", identified(), known({ erased_at: at }), "user_erased"],
  ["a visitor erased after merging", visitor(), known({ erased_at: at, merged_into: "bob" }), "user_erased"],
  ["a visitor who has signed in since", visitor(), known({ merged_into: "bob" }), "token_invalid"],
  ["a token that could not be verified yet", unverified, known({ not_before: at }), undefined],
] as const)("%s is let in, or told why not", (_, claim, user, code) => {
  expect(whyVoid(claim, user)?.code).toBe(code);
});

test.each(["not_before", "device_not_before"] as const)(
  "tokens from before the sign-out of %s are void, to the second or the millisecond",
  (column) => {
    const user = known({ [column]: at });
    const isVoid = (claim: Claim) => whyVoid(claim, user)?.code === "token_invalid";
    expect([-1, 0, 1].map((ms) => isVoid(visitor(SIGNED_OUT + ms)))).toEqual([true, true, false]);
    expect([-1, 0, 1].map((seconds) => isVoid(identified(second + seconds)))).toEqual([true, false, false]);
  },
);

const claims = { sub: "ada", iat: 0, exp: 1, name: "Ada", locale: "en" };

test("a site's token says of a person what it says, and nothing empty", () => {
  expect(profileOf(claims)).toEqual({ name: "Ada", locale: "en" });
});

test("only what a token says anew is written down", () => {
  expect(changedProfile(known(), claims)).toEqual({ name: "Ada", locale: "en" });
  expect(changedProfile(known({ name: "Ada", locale: "de" }), claims)).toEqual({ locale: "en" });
  expect(changedProfile(known({ name: "Ada", locale: "en", email: "ada@shop.example" }), claims)).toBeUndefined();
});
