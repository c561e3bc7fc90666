/** PURE. How a client of the fuzzer comes to the door: mostly as it should. */
import type { Opening } from "../rawSocket.ts";
import { mutated, noise } from "./mutate.ts";
import type { Random } from "./random.ts";

const QUERIES: [string, ...string[]] = [
  "EIO=4&transport=websocket&sid=none",
  "EIO=3&transport=websocket",
  "EIO=4&transport=webtransport",
  "EIO=4&transport=polling",
  "transport=__proto__",
  "EIO=4&transport=constructor",
  "EIO=4",
  "EIO=4&transport=websocket&EIO=5&EIO[]=1&__proto__[x]=1",
  "%",
];

/** An upgrade that may well be none. */
export function strangeOpening(port: number, random: Random): Opening {
  const headers: Record<string, string>[] = [
    { "sec-websocket-version": "7" },
    { "sec-websocket-key": "short" },
    { upgrade: "h2c" },
    { connection: "close" },
    { "sec-websocket-extensions": 'permessage-deflate; server_no_context_takeover; x="y"' },
    { "sec-websocket-protocol": "a, b, a" },
    { origin: random.pick(["null", "https://evil.example", "", "x".repeat(3_000)]) },
    { "content-length": "7" },
    { "transfer-encoding": "chunked" },
    { expect: "100-continue" },
    { cookie: "x".repeat(9_000) },
    { "x-forwarded-for": "999.1.1.1, ::1, \u00ff" },
  ];
  const path = random.pick([
    "/socket.io/",
    "/socket.io",
    "//socket.io/",
    "/socket.io/../v1/",
    "/visitor",
    "/v1/sessions/x",
  ]);
  return {
    port,
    path: `${path}?${random.chance(0.5) ? "EIO=4&transport=websocket" : random.pick(QUERIES)}`,
    headers: random.chance(0.7) ? random.pick(headers as [Record<string, string>]) : {},
  };
}

export function goodAuth(site: string, random: Random): Record<string, unknown> {
  return {
    protocol: 1,
    site,
    device: { id: random.id(), label: `fuzz ${random.below(10)}` },
    tab: random.id(),
    visible: random.chance(0.8),
  };
}

/** What is said as CONNECT where it is not what it should be. */
export function strangeConnect(site: string, random: Random): string {
  const auth = { ...goodAuth(site, random), visitorToken: "v1.x.y", userToken: "a.b.c", handover: "h" };
  if (random.chance(0.1)) return `40/visitor,${noise(20, random).toString("latin1")}`;
  return `40/visitor,${JSON.stringify(mutated(auth, random))}`;
}
