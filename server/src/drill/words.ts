/** Everything the drill prints, but the sentences about single findings: those are in findingWords.ts. PURE. */
import { durationWords } from "../config/durationWords.ts";
import type { Finding, Need, Report, ScenarioName } from "./finding.ts";
import { findingWords, seconds } from "./findingWords.ts";
import type { Installation } from "./installation/installation.ts";
import { expectedKind } from "./scenarios/sixtyDaysAway.ts";
import type { Target } from "./visitor/line.ts";

const TITLES: Readonly<Record<ScenarioName, string>> = {
  abruptDisconnect: "Abrupt disconnect",
  threeRefreshes: "Three refreshes in 10 s",
  twoDevices: "Two devices at once",
  sixtyDaysAway: "60 days away",
  corruptCache: "Corrupt cache",
  redisGone: "Redis gone",
};

const DID: Readonly<Record<ScenarioName, string>> = {
  abruptDisconnect:
    "cut the line five times amid sending three messages, without a goodbye; came back, and sent again what had no answer.",
  threeRefreshes:
    "reloaded a page three times: once politely, once with a message in flight, once with the new page there before the old one was gone.",
  twoDevices:
    "opened a phone beside a laptop, passed the baton three times between them, with messages in flight and half a sentence typed, and wrote from the wrong device each time.",
  sixtyDaysAway: "wrote, left, moved the gateway's clock by 60 days, and came back.",
  corruptCache:
    "overwrote everything that Redis held of one visitor with rubbish (cut short, garbled, of another type, huge, out of date), reloaded and wrote after each.",
  redisGone: "took Redis away; wrote, reloaded, passed the baton, let somebody new come; brought Redis back.",
};

export function beginWords({ about }: Pick<Installation, "about">): string {
  return `Baton drill against ${about}.\n`;
}

export function reportWords({ name, verdict, findings, need, ms }: Report, number: number): string {
  const tried = verdict !== "NOT TRIED";
  return [
    `${number}. ${TITLES[name]}: ${verdict}${tried ? ` (${seconds(ms)})` : ""}`,
    ...(tried ? [`   It ${DID[name]}`] : []),
    ...(need ? needWords(need).map((line) => `   ${line}`) : []),
    ...findings.map(lineOf),
    "",
  ].join("\n");
}

function lineOf(finding: Finding): string {
  return `   ${finding.held ? "ok    " : "WRONG "} ${findingWords(finding)}`;
}

export function summaryWords(reports: readonly Report[]): string {
  const count = (verdict: Report["verdict"]) => reports.filter((report) => report.verdict === verdict).length;
  const failed = reports.filter(({ verdict }) => verdict === "FAIL").map(({ name }) => TITLES[name]);
  const words = `${count("PASS")} passed, ${count("FAIL")} failed, ${count("NOT TRIED")} not tried.`;
  return failed.length === 0 ? words : `${words} Failed: ${failed.join(", ")}.`;
}

/** Why not, and what to do about it. */
function needWords(need: Need): string[] {
  switch (need.what) {
    case "testClock":
      return [
        "Time cannot be moved in an installation that runs. Try it in staging: start the gateway there on a loopback address",
        "with BATON_TEST_CLOCK=1, and run the drill beside it; or run it without --url.",
        `By the policy here somebody who is back after 60 days finds «${expectedKind(need)}»: a session ends ${durationWords(need.hardExpiryMs)} after`,
        `the last word, and a new one knows it for ${durationWords(need.primeWindowMs)} (primeWindowMs).`,
      ];
    case "tokenOfThatTime":
      return [
        "The tokens come from --token-command, whose clock cannot be moved along: they would have run out. Leave it out, or give --secret.",
      ];
    case "oneDevice":
      return ['This site says oneDevice: "shared": there is no baton to pass, every device may write.'];
    case "redisServer":
      return [
        "There is no redis-server on the PATH, so the cache is in the gateway's own memory, where nobody can reach it.",
        "Install Redis 7 on this machine, or give --url and --redis of an installation that has one.",
      ];
    case "redisUrl":
      return [
        "It needs the gateway's Redis: give its REDIS_URL as --redis. Without one the cache is in the gateway's memory.",
      ];
    case "gatewaysRedis":
      return [
        "The Redis of --redis holds nothing of the drill's visitor: it is not the one this gateway uses. Give its REDIS_URL.",
      ];
    case "disturb":
      return [
        "It would take Redis away from everybody for 5 s (CLIENT PAUSE 5000 ALL). Say --disturb if that is all right: visitors should notice",
        "nothing, but that is what is being tried. Everything else on that Redis waits as well.",
      ];
  }
}

const DOOR: Readonly<Record<string, string>> = {
  LineLost: "Is it running, and does a proxy before it let WebSockets through?",
  NotProtocol: "Is it a gateway, and of this version? The drill comes with the gateway.",
  unknown_site: "Name a site of its configuration with --site.",
  origin_forbidden: "Name an origin of the site's list with --origin, as a browser sends it: https://shop.example.com.",
  protocol_unsupported: "This drill speaks protocol 1: use the one that came with the gateway.",
  token_invalid: "Look at --secret or --token-command: the token must be one that the site accepts.",
  token_expired: "The token of --token-command has run out by the gateway's clock.",
};

/** Nobody was let in: nothing can be drilled. @param code of the refusal, or the name of the error */
export function doorWords(message: string, code: string, { url, site }: Target): string {
  return `The drill could not connect to ${url} as a visitor of the site ${site}: ${message}.\n${DOOR[code] ?? ""}`.trimEnd();
}
