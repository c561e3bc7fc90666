import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createUserTokenVerifier } from "../identity/userToken.ts";
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
