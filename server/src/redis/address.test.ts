import { expect, test } from "vitest";
import { parseRedisUrl } from "./address.ts";

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

test.each([
  "http://cache",
  "redis://",
  "redis://a,b",
  "redis://cache/x",
  "redis://cache:99999",
  "redis://cache/0/1",
  "redis://%zz:%zz@cache",
  "redis+sentinel://one",
  "redis+cluster://one/1",
  "redis://cache?db=1",
])("%s is none of them", (text) => {
  expect(parseRedisUrl(text)).toBeUndefined();
});
