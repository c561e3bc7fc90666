import { type AddressInfo, connect } from "node:net";
import type { InjectOptions } from "fastify";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createHttpFixture, type HttpFixture, KEYS } from "./httpServer.fixture.ts";

let http: HttpFixture;
beforeEach(async () => {
  http = await createHttpFixture();
});
afterEach(() => http.close());

describe("health", () => {
  test("says that the process lives, and whether it may be sent visitors", async () => {
    expect((await http.app.inject("/healthz")).json()).toEqual({ status: "ok" });
    expect((await http.app.inject("/readyz")).json()).toEqual({ status: "ready", checks: { database: "ok" } });
  });

  test("says why it is not ready", async () => {
    http.behind.ready = false;
    http.behind.checks = { database: "unreachable for 4 s" };
    const answer = await http.app.inject("/readyz");
    expect(answer.statusCode).toBe(503);
    expect(answer.json()).toMatchObject({ error: { code: "not_ready", details: { checks: http.behind.checks } } });
  });

  test("metrics are in Prometheus' form and hold what the gateway counted", async () => {
    http.metrics.commands.inc({ event: "message:send", outcome: "ok" });
    const answer = await http.app.inject("/metrics");
    expect(answer.headers["content-type"]).toMatch(/^text\/plain/);
    expect(answer.body).toContain('baton_commands_total{event="message:send",outcome="ok"} 1');
    expect(answer.body).toMatch(/nodejs_eventloop_lag_p99_seconds [\d.e-]+/);
  });
});

test("time is moved by whole milliseconds, by nothing else", async () => {
  const move = (payload: object) => http.app.inject({ method: "POST", url: "/__test/clock", payload });
  expect((await move({ advanceMs: 5 })).json()).toEqual({ now: "1970-01-01T00:00:00.005Z" });
  for (const wrong of [{}, { advanceMs: -1 }, { advanceMs: 0.5 }, { advanceMs: "5" }])
    expect((await move(wrong)).statusCode).toBe(400);
});

describe("a request the gateway cannot use", () => {
  test.each<[string, InjectOptions, number]>([
    ["has an unknown path", { url: "/nothing" }, 404],
    ["has an unknown method", { method: "DELETE", url: "/healthz" }, 404],
    [
      "has a body of 64 KiB and one",
      { method: "POST", url: "/demo/token", payload: { user: "x".repeat(65_536) } },
      413,
    ],
    [
      "has a body that is no JSON",
      { method: "POST", url: "/demo/token", payload: "{", headers: { "content-type": "application/json" } },
      400,
    ],
    [
      "has a prototype in its body",
      {
        method: "POST",
        url: "/demo/token",
        payload: '{"__proto__":{"user":"a"}}',
        headers: { "content-type": "application/json" },
      },
      400,
    ],
    [
      "has a body of another kind",
      { method: "POST", url: "/demo/token", payload: "<a/>", headers: { "content-type": "text/xml" } },
      415,
    ],
  ])("that %s is answered in one form", async (_what, request, status) => {
    const answer = await http.app.inject(request);
    expect(answer.statusCode).toBe(status);
    expect(answer.json()).toEqual({ error: { code: expect.any(String), message: expect.any(String) } });
    expect(answer.headers["x-content-type-options"]).toBe("nosniff");
  });

  test("is answered in that form even when it is no HTTP", async () => {
    await http.app.listen({ port: 0, host: "127.0.0.1" });
    const { port } = http.app.server.address() as AddressInfo;
    const answer = await new Promise<string>((resolve) => {
      let text = "";
      const socket = connect(port, "127.0.0.1", () => socket.write("HELLO\r\n\r\n"));
      socket.on("data", (data) => (text += data));
      socket.on("close", () => resolve(text));
    });
    expect(answer).toContain("HTTP/1.1 400");
    expect(answer).toMatch(/\{"error":\{"code":"bad_request"/);
  });
});

test("the log tells of each request by id and pattern, and of no token", async () => {
  const authorization = `Bearer ${KEYS.reads}`;
  await http.app.inject({ url: "/v1/sessions/s_1/transcript?token=hush\nfake", headers: { authorization } });
  const line = JSON.parse(http.lines.at(-1) ?? "{}") as Record<string, unknown>;
  expect(line).toMatchObject({ level: "info", method: "GET", route: "/v1/sessions/:id/transcript", status: 200 });
  expect(http.lines.join("")).not.toMatch(/hush|bk_/);
});
