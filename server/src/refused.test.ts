import { REFUSALS, type RefusalCode } from "@baton/shared/refusals";
import { expect, test } from "vitest";
import { notFound, Refused } from "./refused.ts";

test.each(Object.keys(REFUSALS) as RefusalCode[])("%s tells whether to try again, as its table says", (code) => {
  expect(new Refused(code, "why").toWire()).toEqual({ code, message: "why", retryable: REFUSALS[code].retryable });
});

test("a refusal may say when, and what of, and may know better than its table", () => {
  const refused = new Refused("conflict", "why", { retryAfterMs: 0, details: { lock: null }, retryable: true });
  expect(refused.toWire()).toEqual({
    code: "conflict",
    message: "why",
    retryable: true,
    retryAfterMs: 0,
    details: { lock: null },
  });
});

test("what is another's is refused like what never was", () => {
  expect(notFound("session").toWire()).toEqual({
    code: "not_found",
    message: "No such session of this user.",
    retryable: false,
  });
});
