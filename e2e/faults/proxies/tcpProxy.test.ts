import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { steadyPort } from "@baton/server/testing/steadyPort";
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { Echo, Person } from "./echo.ts";
import { type TcpProxy, tcpProxy } from "./tcpProxy.ts";
import { says, subscribes } from "./tcpRules.ts";

let echo: Echo;
let proxy: TcpProxy;
let clients: Person[];

beforeEach(async () => {
  echo = await new Echo().listen({ port: await steadyPort() });
  proxy = await tcpProxy({ port: echo.port });
  clients = [];
});

afterEach(async () => {
  await proxy.close();
  expect(proxy.links).toEqual([]);
  for (const client of clients) client.socket.destroy();
  await echo.close();
});

function person(port = proxy.port): Person {
  const one = new Person(port);
  clients.push(one);
  return one;
}

async function talking(words = "hello"): Promise<Person> {
  const one = person().say(words);
  await one.hears(`re:${words}`);
  return one;
}

async function toldTo(words: string): Promise<void> {
  while (!echo.told.includes(words)) await once(echo.server, "told");
}

async function left(count: number): Promise<void> {
  while (echo.sockets.filter((socket) => socket.closed).length < count) await once(echo.server, "left");
}

describe("without a rule", () => {
  test("what is said arrives, and so does an end, in both directions", async () => {
    const one = await talking();
    one.socket.end();
    expect(await one.gone()).toBe("end");
    await left(1);
    expect(echo.ends).toEqual(["end"]);
  });

  test("thirty megabytes arrive whole, and a reader that does not read makes the sender wait", async () => {
    const one = await talking();
    const [server] = echo.sockets;
    one.socket.pause();
    const piece = Buffer.alloc(30_000_000, "x");
    server?.write(piece);
    const aside = await talking("aside");
    // Turns enough to have taken all of it.
    for (let turn = 0; turn < 1_000; turn++) {
      aside.say("x");
      await once(aside.socket, "heard");
    }
    expect(server?.writableLength).toBeGreaterThan(0);
    one.socket.resume();
    while (one.heard.length < piece.length) await once(one.socket, "heard");
    expect(one.heard.slice("re:hello".length)).toBe(piece.toString());
  });

  test("a server behind a unix socket is reached too", async () => {
    const folder = mkdtempSync(join(tmpdir(), "baton-proxy-"));
    const other = await new Echo().listen({ path: join(folder, "s") });
    const way = await tcpProxy({ path: join(folder, "s") });
    onTestFinished(async () => {
      await way.close();
      await other.close();
      rmSync(folder, { recursive: true });
    });
    const one = person(way.port).say("hello");
    await one.hears("re:hello");
    way.apply({ do: { kind: "reset" } });
    one.say("again");
    expect(await one.gone()).toBe("ECONNRESET");
  });

  test("a server that is not there ends the link", async () => {
    const way = await tcpProxy({ port: await steadyPort() });
    onTestFinished(() => way.close());
    expect(await person(way.port).gone()).toBe("ECONNRESET");
  });

  test("a server that crashes resets the client, and a client that crashes the server", async () => {
    const one = await talking();
    echo.sockets[0]?.resetAndDestroy();
    expect(await one.gone()).toBe("ECONNRESET");
    const two = await talking();
    two.socket.resetAndDestroy();
    await left(2);
    expect(echo.ends).toContain("ECONNRESET");
  });
});

describe("delay", () => {
  test("pieces come later and in order", async () => {
    const one = await talking();
    const rule = proxy.apply({ direction: "down", do: { kind: "delay", ms: 50 } });
    const since = performance.now();
    one.say("1");
    await toldTo("1");
    one.say("2");
    await one.hears("re:1re:2");
    expect(performance.now() - since).toBeGreaterThanOrEqual(49);
    expect(rule.strikes).toBe(2);
  });

  test("a slow server takes its time for each piece", async () => {
    const one = await talking();
    proxy.apply({ direction: "up", do: { kind: "slow", ms: 40 } });
    const since = performance.now();
    for (const words of ["1", "2", "3"]) {
      one.say(words);
      await one.hears(`re:${words}`);
    }
    expect(performance.now() - since).toBeGreaterThanOrEqual(117);
  });

  test("what is held comes when the rule is lifted, before what was said later", async () => {
    const one = await talking();
    const rule = proxy.apply({ direction: "up", do: { kind: "hold" } });
    one.say("held");
    await rule.struck;
    expect(echo.told).toBe("hello");
    rule.lift();
    one.say("later");
    await toldTo("later");
    expect(echo.told).toBe("helloheldlater");
  });
});

describe("blackhole", () => {
  test("nothing arrives in that direction, nobody is told, and the other direction goes on", async () => {
    const one = await talking();
    const rule = proxy.apply({ direction: "up", do: { kind: "blackhole" } });
    one.say("lost");
    await rule.struck;
    echo.sockets[0]?.write("still here");
    await one.hears("still here");
    expect(echo.told).toBe("hello");
  });

  test("a client that gives up is not noticed by the server until the rule is lifted", async () => {
    const one = await talking();
    const rule = proxy.apply({ do: { kind: "blackhole" } });
    one.say("lost");
    await rule.struck;
    one.socket.destroy();
    await one.gone();
    await talkingThrough();
    expect(echo.sockets[0]?.closed).toBe(false);
    rule.lift();
    while (!echo.sockets[0]?.closed) await once(echo.server, "left");
  });

  test("a link that has lost bytes stays dead after the rule, and a new one is well", async () => {
    const one = await talking();
    const rule = proxy.apply({ direction: "up", do: { kind: "blackhole" } });
    one.say("lost");
    await rule.struck;
    rule.lift();
    one.say("lost too");
    await talking("new");
    expect(echo.told).toBe("hellonew");
  });

  /** A second way to the same server: by the time it has answered, the first would have. */
  async function talkingThrough(): Promise<void> {
    const way = await tcpProxy({ port: echo.port });
    const one = person(way.port).say("aside");
    await one.hears("re:aside");
    await way.close();
  }
});

describe("cutting", () => {
  test("a reset reaches both sides, and the piece does not arrive", async () => {
    const one = await talking();
    proxy.apply({ on: says("fatal"), do: { kind: "reset" } });
    one.say("fatal");
    expect(await one.gone()).toBe("ECONNRESET");
    await left(1);
    expect(echo.told).toBe("hello");
    expect(echo.ends).toEqual(["ECONNRESET"]);
  });

  test("a link is cut after so many bytes, amid a piece", async () => {
    const one = await talking();
    const rule = proxy.apply({ direction: "up", do: { kind: "cutAfter", bytes: 5 } });
    one.say("123");
    await one.hears("re:123");
    one.say("456");
    await one.gone();
    await left(1);
    expect(echo.told).toBe("hello12345");
    expect(await rule.struck).toMatchObject({ rule: "cutAfter", direction: "up", bytes: 1 });
  });

  test("only the links that are meant are reset", async () => {
    const listener = await talking("*2\r\n$9\r\nsubscribe\r\n$1\r\nx\r\n");
    const commander = await talking("*1\r\n$4\r\nPING\r\n");
    proxy.reset(subscribes);
    expect(await listener.gone()).toBe("ECONNRESET");
    commander.say("more");
    await commander.hears("re:more");
  });

  test("new connections are refused while open ones go on, until they are admitted again", async () => {
    const one = await talking();
    proxy.refuse();
    expect(await person().gone()).toBe("ECONNREFUSED");
    one.say("more");
    await one.hears("re:more");
    await proxy.heal();
    await talking("new");
  });
});

describe("dropping a reply", () => {
  test("the server is told, the client's link is cut without an answer, and the server loses nothing it was told", async () => {
    const one = await talking();
    const rule = proxy.apply({
      name: "lost commit",
      on: says("COMMIT"),
      times: 1,
      do: { kind: "dropReply", link: "cut" },
    });
    one.say("COMMIT");
    expect(await one.gone()).toBe("ECONNRESET");
    expect(one.heard).toBe("re:hello");
    expect(echo.told).toBe("helloCOMMIT");
    await left(1);
    expect(echo.ends).toEqual(["end"]);
    expect(await rule.struck).toMatchObject({ rule: "lost commit", direction: "down", bytes: "re:COMMIT".length });
    expect(proxy.log.map((line) => line.rule)).toEqual(["lost commit"]);
    const two = await talking("COMMIT");
    expect(two.heard).toBe("re:COMMIT");
  });

  test("or the link stays, and says nothing any more", async () => {
    const one = await talking();
    const rule = proxy.apply({ on: says("1"), times: 1, do: { kind: "dropReply", link: "keep" } });
    one.say("1");
    await rule.struck;
    one.say("2");
    await toldTo("2");
    await talking("3");
    expect(one.heard).toBe("re:hello");
    expect(one.socket.destroyed).toBe(false);
  });
});

test("of two rules that fit, the one applied last decides, until it is lifted", async () => {
  const one = await talking();
  proxy.apply({ direction: "up", do: { kind: "reset" } });
  const pass = proxy.apply({ direction: "up", times: 1, do: { kind: "pass" } });
  one.say("1");
  await one.hears("re:1");
  expect(pass.strikes).toBe(0);
  one.say("2");
  expect(await one.gone()).toBe("ECONNRESET");
});
