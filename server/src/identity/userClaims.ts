/** PURE. What the gateway takes from a user token whose signature is good. Called by userToken.ts. */
import * as z from "zod";

/** What a site's own back end says about its user. Times are epoch seconds. */
export type UserClaims = {
  readonly sub: string;
  readonly iat: number;
  readonly exp: number;
  readonly name?: string;
  readonly email?: string;
  readonly locale?: string;
};

/** Clocks of two servers differ; more than this is a mistake. */
export const CLOCK_TOLERANCE_SECONDS = 5;
/** 9999-12-31: beyond it a time has no ISO 8601 form, and `new Date` of it throws at the first use. */
const LAST_SECOND = 253_402_300_799;

const seconds = z.number().min(0).max(LAST_SECOND);

function words(maxUnits: number) {
  return z
    .string()
    .max(maxUnits)
    .refine((text) => text.isWellFormed() && !text.includes("\u0000"), "has a NUL or a lone surrogate");
}

/** Back ends write null for what they do not know. */
function optionalWords(maxUnits: number) {
  return words(maxUnits)
    .nullish()
    .transform((text) => text?.normalize("NFC") || undefined);
}

/** Not strict: a site's tokens may carry claims for others. `sub` is kept as it is, it is an identifier. */
const Claims = z.object({
  sub: words(255).min(1),
  iat: seconds,
  exp: seconds,
  name: optionalWords(100),
  email: optionalWords(320),
  locale: optionalWords(35),
});

function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined)) as T;
}

/** The claims, or why they are not acceptable, for a developer. */
export function userClaims(payload: unknown, nowMs: number): { claims: UserClaims } | { fault: string } {
  const parsed = Claims.safeParse(payload);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return { fault: `The claim ${issue?.path.join(".") ?? ""} does not fit: ${issue?.message ?? ""}.` };
  }
  const { data } = parsed;
  // A token «from the future» would outlive every sign-out that compares its `iat`.
  if (data.iat > nowMs / 1_000 + CLOCK_TOLERANCE_SECONDS)
    return { fault: "The token's iat lies in the future. Check the clock of the server that signed it." };
  return { claims: withoutUndefined(data) as UserClaims };
}
