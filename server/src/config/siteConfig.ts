/** One site of the configuration file: who may connect, how its users prove themselves, what answers. */
import * as z from "zod";
import { isLoopback } from "./environment.ts";
import { effectivePolicy, PolicyFile, policyRelations, type SitePolicy } from "./policy.ts";
import { soundParts } from "./problems.ts";

/** Below this an HS256 secret can be guessed from one token, offline. */
const SECRET_CHARACTERS = 32;
/** An API key can only be guessed by asking the gateway. */
const KEY_CHARACTERS = 16;

const API_SCOPES = ["sessions:read", "sessions:write", "users:read", "users:write", "analytics:read"] as const;
export type ApiScope = (typeof API_SCOPES)[number];

/** What a browser would send for this page, or undefined for what no browser sends. */
function exactOrigin(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  return url.protocol === "http:" || url.protocol === "https:" ? url.origin : undefined;
}

const Origin = z.string().superRefine((text, context) => {
  const exact = exactOrigin(text);
  if (exact === text) return;
  const mend = exact ? `Write ${exact}` : "Write scheme, host and port only, such as https://shop.example";
  const cause = text === "*" ? "is no origin: every page would be let in" : "is not an exact origin";
  context.addIssue({ code: "custom", message: `${JSON.stringify(text)} ${cause}. ${mend}` });
});

/** Says how long it is, never what it is: problems end in logs. */
function secretOf(characters: number) {
  return z.string().superRefine((text, context) => {
    if (text.length >= characters) return;
    const message = `has ${text.length} characters, at least ${characters} are needed. Make one with: openssl rand -base64 32`;
    context.addIssue({ code: "custom", message });
  });
}

const Secret = secretOf(SECRET_CHARACTERS);

function isJwksUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  if (url.username || url.password) return false;
  return url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname.replace(/^\[|\]$/g, "")));
}

const ApiKey = z.strictObject({
  name: z.string().min(1).max(100).describe("What the key is called in logs."),
  key: secretOf(KEY_CHARACTERS).describe("The key itself, at least 16 characters."),
  scopes: z.array(z.enum(API_SCOPES)).min(1, "is empty. Name at least one scope").describe("What it may do."),
});

const Bot = z
  .discriminatedUnion(
    "kind",
    [
      z.strictObject({ kind: z.literal("none").describe("Nobody answers by itself.") }),
      z.strictObject({ kind: z.literal("demo").describe("The built-in demo bot: offline and deterministic.") }),
    ],
    "must have a kind that is known: none or demo",
  )
  .default({ kind: "none" });

const idRule = "must be 1 to 64 letters, digits, dots, dashes or underscores, starting with a letter or digit";
const words = z.record(z.string().max(100), z.string().max(2_000)).readonly();

export const SiteFile = z.strictObject({
  id: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/, idRule)
    .describe("The site's id: in the script tag, and the `aud` of its user tokens."),
  name: z.string().min(1).max(100).optional().describe("Shown to visitors."),
  origins: z.array(Origin).default([]).describe("The exact origins of the pages that may connect."),
  allowNonBrowserClients: z
    .boolean()
    .default(false)
    .describe("Lets clients connect that send no `Origin` header: apps, scripts, bots."),
  secrets: z
    .array(Secret)
    .default([])
    .describe("HS256 secrets of user tokens, at least 32 characters each. All are accepted; the first one signs."),
  jwksUrl: z
    .string()
    .refine(isJwksUrl, "must be an https URL without a password in it (http only for this machine)")
    .optional()
    .describe("Where the public keys of RS256, ES256 and EdDSA user tokens are published."),
  apiKeys: z.array(ApiKey).default([]).describe("Keys of server-to-server calls."),
  policy: PolicyFile.prefault({}).describe("Deadlines and rules, see below."),
  bot: Bot.describe("What answers visitors: `none` or `demo`."),
  texts: words.default({}).describe("Words of the widget that this site says differently."),
  theme: words.optional().describe("Colours and shapes of the widget."),
});
type SiteFile = z.output<typeof SiteFile>;

export type SiteConfig = Readonly<Omit<SiteFile, "policy" | "origins" | "secrets" | "apiKeys">> & {
  readonly origins: readonly string[];
  readonly secrets: readonly string[];
  readonly apiKeys: readonly { readonly name: string; readonly key: string; readonly scopes: readonly ApiScope[] }[];
  readonly policy: Readonly<SitePolicy>;
};

export function toSiteConfig(file: SiteFile): SiteConfig {
  return { ...file, policy: effectivePolicy(file.policy) };
}

/** What no single field of a site can tell. `at` is the site's path, such as `sites[0]`. */
export function siteRelations(input: unknown, at: string): string[] {
  const site = soundParts(SiteFile, input);
  const problems = policyProblems(input, at);
  if (site.origins?.length === 0 && site.allowNonBrowserClients === false) {
    problems.push(
      `${at}.origins: is empty, so nobody could connect. Add the origin of your page, such as https://shop.example.`,
    );
  }
  return problems;
}

function policyProblems(input: unknown, at: string): string[] {
  const given = typeof input === "object" && input !== null && "policy" in input ? input.policy : {};
  const sound = soundParts(PolicyFile, given);
  const wrong = new Set(Object.keys(PolicyFile.shape).filter((key) => !(key in sound)));
  return policyRelations(sound, wrong).map(({ key, problem }) => `${at}.policy.${key}: ${problem}`);
}
