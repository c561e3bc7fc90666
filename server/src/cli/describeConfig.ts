/** PURE. What a configuration means, in plain sentences, for `baton check`. Names no secret. */
import type { Config, SiteConfig } from "../config/config.ts";
import { durationWords } from "../config/durationWords.ts";
import { NOT_IN_EFFECT_YET } from "../config/policy.ts";

function list(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} and ${words.at(-1)}`;
}

function gatewaySentences(config: Config): string[] {
  const port = config.port === 0 ? "any free port" : `port ${config.port}`;
  return [
    `The gateway listens on ${config.host}, ${port}, and keeps its files in ${config.dataDir}.`,
    config.databaseUrl === undefined
      ? "It runs a Postgres of its own in that folder."
      : "It uses the Postgres of DATABASE_URL.",
    config.redis === undefined
      ? "Lock, presence and cache are in this process: run one node only."
      : `Nodes meet in Redis (${config.redis.kind}).`,
    config.polling
      ? "Clients connect by WebSocket or long polling: several nodes need sticky sessions."
      : "Clients connect by WebSocket only.",
    ...(config.trustedProxies.length > 0 ? [`It believes X-Forwarded-For from ${list(config.trustedProxies)}.`] : []),
    ...(config.testClock ? ["TEST CLOCK: whoever reaches it may move time. Never in production."] : []),
  ];
}

function limitSentences({ limits }: Config): string[] {
  return [
    `A user may send ${limits.userMessageBurst} messages at once, then ${limits.userMessagesPerSecond} a second, from ${limits.userConnections} connections.`,
    `An address may hold ${limits.addressConnections} connections and open ${limits.addressConnectionsPerSecond} a second.`,
  ];
}

function identitySentence({ secrets, jwksUrl }: SiteConfig): string {
  const ways = [
    ...(secrets.length > 0
      ? [`HS256 with ${secrets.length === 1 ? "its secret" : `any of its ${secrets.length} secrets`}`]
      : []),
    ...(jwksUrl !== undefined ? [`RS256, ES256 or EdDSA with the keys at ${jwksUrl}`] : []),
  ];
  if (ways.length === 0) return "Visitors are anonymous: it has neither secrets nor a jwksUrl.";
  return `Visitors are anonymous, or signed in by a token: ${list(ways)}.`;
}

function silenceSentence({ policy }: SiteConfig): string {
  const soft = durationWords(policy.softExpiryMs);
  const warning = `(a warning comes ${durationWords(policy.warnBeforeMs)} before)`;
  if (policy.hardExpiryMs <= policy.softExpiryMs)
    return `After ${soft} of silence a session ends ${warning}; nothing is offered.`;
  return `After ${soft} of silence a session is idle ${warning}, after ${durationWords(policy.hardExpiryMs)} it ends.`;
}

function policySentences(site: SiteConfig): string[] {
  const { policy } = site;
  return [
    silenceSentence(site),
    `Raw text is kept for ${durationWords(policy.rawRetentionMs)} after the end.`,
    ...(NOT_IN_EFFECT_YET.size > 0 ? [`Without effect in this version: ${list([...NOT_IN_EFFECT_YET])}.`] : []),
    ...(policy.oneDevice === "shared" ? ["All devices of a person may write."] : []),
  ];
}

const BOTS: Readonly<Record<SiteConfig["bot"]["kind"], string>> = {
  none: "Nobody answers by itself.",
  demo: "The demo bot answers.",
};

function siteSentences(site: SiteConfig): string[] {
  const pages = site.origins.length === 0 ? "no pages" : `pages of ${list(site.origins)}`;
  const clients = site.allowNonBrowserClients ? `${pages}, and clients that are no browsers` : pages;
  return [
    `Site ${site.id} serves ${clients}.`,
    ...[identitySentence(site), ...policySentences(site), BOTS[site.bot.kind], ...site.apiKeys.map(keySentence)].map(
      (line) => `  ${line}`,
    ),
  ];
}

function keySentence({ name, scopes }: SiteConfig["apiKeys"][number]): string {
  return `The API key ${name} may ${list(scopes)}.`;
}

export function describeConfig(config: Config): string {
  const demo = config.builtInDemo
    ? ["No BATON_CONFIG: one site `demo` for this machine, with a demo page at `/`."]
    : [];
  const sites = [...config.sites.values()].flatMap(siteSentences);
  return [...gatewaySentences(config), ...limitSentences(config), ...demo, ...sites].join("\n");
}
