import { fastify } from "fastify";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createUserTokenVerifier } from "../identity/userToken.ts";
import { registerDemo } from "./demoRoutes.ts";
import { createHttpFixture, demoSite, type HttpFixture } from "./httpServer.fixture.ts";

let http: HttpFixture;
beforeEach(async () => {
  http = await createHttpFixture();
});
afterEach(() => http.close());

describe("the demo page", () => {
  const ask = (body: unknown, headers: Record<string, string> = {}) =>
    http.app.inject({
      method: "POST",
      url: "/demo/token",
      payload: body as object,
      headers: { host: "localhost:3000", ...headers },
    });

  test("signs a test user in", async () => {
    const answer = await ask({ user: "ada", name: "Ada" }, { origin: "http://localhost:3000" });
    const { token } = answer.json() as { token: string };
    const { verify } = createUserTokenVerifier(demoSite, { clock: Date.now });
    expect(await verify(token)).toMatchObject({ ok: true, claims: { sub: "ada", name: "Ada" } });
  });

  test.each([
    ["a foreign page", { origin: "https://evil.example" }],
    ["a sandboxed frame", { origin: "null" }],
    ["a foreign name for this machine", { host: "evil.example:3000" }],
    ["a foreign name and its own page", { host: "evil.example:3000", origin: "http://evil.example:3000" }],
    ["the other name of this machine", { origin: "http://127.0.0.1:3000" }],
  ])("signs nobody in for %s", async (_what, headers) => {
    expect((await ask({ user: "ada" }, headers)).statusCode).toBe(403);
  });

  test.each([{}, { user: "" }, { user: 1 }, { user: "a", admin: true }, [], null, "ada"])(
    "signs nobody in by %j",
    async (body) => {
      expect((await ask(body)).statusCode).toBeGreaterThanOrEqual(400);
    },
  );

  test("lives under a strict policy, its files too", async () => {
    for (const url of ["/", "/demo/nothing.css"]) {
      const { headers } = await http.app.inject(url);
      expect(headers["content-security-policy"]).toContain("default-src 'self'; script-src 'self'; style-src 'self'");
      expect(headers["content-security-policy"]).toContain("require-trusted-types-for 'script'");
    }
  });
});

describe("the two devices", () => {
  const policyOf = async (url: string) => String((await http.app.inject(url)).headers["content-security-policy"]);
  const both = "http://localhost:3000 http://127.0.0.1:3000";

  test("the page may frame both names of this machine, and may not be framed", async () => {
    const { headers, body } = await http.app.inject("/devices");
    expect(headers["content-type"]).toBe("text/html; charset=utf-8");
    expect(headers["content-security-policy"]).toMatch(new RegExp(`; frame-src ${both}$`));
    expect(headers["x-frame-options"]).toBe("DENY");
    expect(body).toContain("<h1>One conversation, two devices</h1>");
  });

  test("the shop as a device may be framed by those two alone, and is as strict as the shop", async () => {
    const { headers } = await http.app.inject("/devices/shop?device=phone");
    expect(headers["x-frame-options"]).toBeUndefined();
    expect(headers["content-security-policy"]).toBe(`${await policyOf("/")}; frame-ancestors ${both}`);
  });

  test("nothing else of the demo may be framed", async () => {
    for (const url of ["/", "/demo/index.html", "/demo/devices.html"])
      expect((await http.app.inject(url)).headers["x-frame-options"]).toBe("DENY");
  });

  test("the shop as a device is the shop, with the plug put in before anything else runs", async () => {
    const [device, shop] = await Promise.all(["/devices/shop", "/"].map((url) => http.app.inject(url)));
    const plug = '<script src="/demo/framed.js"></script>';
    expect(device?.body.match(/<script[^>]*>/)?.[0]).toBe('<script src="/demo/framed.js">');
    expect(device?.body.replace(`\n    ${plug}`, "")).toBe(shop?.body);
  });

  test("time has buttons where it can be moved, and a sentence elsewhere", async () => {
    expect((await http.app.inject("/devices")).body).toContain('data-clock="yes"');
    const own = fastify();
    await registerDemo(own, { site: () => demoSite, clock: Date.now });
    expect((await own.inject("/devices")).body).toContain('data-clock="no"');
    await own.close();
  });

  test("nothing stands in a page that its own policy forbids", async () => {
    for (const url of ["/devices", "/devices/shop"]) {
      const { body } = await http.app.inject(url);
      expect(body).not.toMatch(/<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)/);
      for (const [, file = ""] of body.matchAll(/(?:src|href)="(\/demo\/[^"]+)"/g))
        expect((await http.app.inject(file)).statusCode).toBe(200);
    }
  });
});
