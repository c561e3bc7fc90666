import { expect, test } from "vitest";
import { parseRedisUrl, readRedisUrl } from "./address.ts";

test("one server, with or without port, account, database and TLS", () => {
  expect(parseRedisUrl("redis://cache")).toEqual({
    kind: "single",
    at: { host: "cache", port: 6_379 },
    db: 0,
    tls: false,
  });
  expect(parseRedisUrl("rediss://baton:p%40ss@[::1]:7000/3")).toEqual({
    kind: "single",
    at: { host: "::1", port: 7_000 },
    db: 3,
    tls: true,
    username: "baton",
    password: "p@ss",
  });
  expect(parseRedisUrl("redis://:pw@cache/")).toMatchObject({ password: "pw", db: 0 });
});

test("Sentinels, with the name of their master", () => {
  expect(parseRedisUrl("redis+sentinel://:pw@one,two:27000/mymaster/2")).toEqual({
    kind: "sentinel",
    sentinels: [
      { host: "one", port: 26_379 },
      { host: "two", port: 27_000 },
    ],
    name: "mymaster",
    db: 2,
    tls: false,
    password: "pw",
  });
});

test("a cluster, by some of its nodes", () => {
  expect(parseRedisUrl("redis+cluster://a:7000,b:7001")).toEqual({
    kind: "cluster",
    nodes: [
      { host: "a", port: 7_000 },
      { host: "b", port: 7_001 },
    ],
    tls: false,
  });
});

const SECRET = "hunter2";
test.each([
  ["http://cache", "Begin with redis://"],
  ["cache:6379", "Begin with redis://"],
  [`${SECRET}://cache`, "Begin with redis://"],
  ["redis://", "names no host"],
  [`redis://:${SECRET}@:6379`, "names no host"],
  [`redis://:${SECRET}@a,`, "names no host"],
  [`redis://:${SECRET}@a,b`, "names several hosts, and redis:// has one. Write redis+sentinel://"],
  [`redis://:${SECRET}@cache:99999`, "Write one from 1 to 65535"],
  ["redis://cache:0", "Write one from 1 to 65535"],
  [`redis://ada:${SECRET}`, "an @ between password and host"],
  [`redis://ada:${SECRET}@ca che`, "has a host or a port that is none"],
  ["redis://::1", "in brackets"],
  [`redis://:${SECRET}@cache/x`, "no number of a database"],
  ["redis://cache/99999", "no number of a database"],
  ["redis://cache/0/1", "no number of a database"],
  [`redis://:%zz${SECRET}@cache`, "Write a % itself as %25"],
  [`redis://ada:${SECRET}/x@cache`, "%2F for /"],
  [`redis://ada:1/${SECRET}@cache`, "%2F for /"],
  [`redis://ada:${SECRET}@@cache`, "%40 for @"],
  [`redis://ada:${SECRET}@cache?db=1`, "behind which nothing is read"],
  ["redis://cache?db=1", "behind which nothing is read"],
  [`redis+sentinel://:${SECRET}@one`, "does not name the master. Write"],
  [`redis+sentinel://:${SECRET}@one/`, "does not name the master. Write"],
  ["redis+sentinel://one/mymaster/x", "no number of a database"],
  [`redis+cluster://:${SECRET}@one/1`, "a cluster has one database only"],
])("%s is none of them: %s", (text, words) => {
  const read = readRedisUrl(text);
  expect(read).toEqual({ problem: expect.stringContaining(words) });
  expect(JSON.stringify(read)).not.toContain(SECRET);
  expect(parseRedisUrl(text)).toBeUndefined();
});
