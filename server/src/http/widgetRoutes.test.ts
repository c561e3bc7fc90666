import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createHttpFixture, type HttpFixture } from "./httpServer.fixture.ts";

let http: HttpFixture;
beforeEach(async () => {
  http = await createHttpFixture();
});
afterEach(() => http.close());

describe("the widget's files", () => {
  test("may be kept for a year when their name holds their hash", async () => {
    const { headers, body } = await http.app.inject("/widget/v1/core-BxT3k9_a.js");
    expect(headers).toMatchObject({
      "cache-control": "public, max-age=31536000, immutable",
      "content-type": expect.stringMatching(/^(text|application)\/javascript/),
      "access-control-allow-origin": "*",
      "cross-origin-resource-policy": "cross-origin",
      "x-content-type-options": "nosniff",
    });
    expect(body).toBe("'core'");
  });

  test("come compressed to whom that suits", async () => {
    const { headers, body } = await http.app.inject({
      url: "/widget/v1/core-BxT3k9_a.js",
      headers: { "accept-encoding": "br" },
    });
    expect(headers).toMatchObject({ "content-encoding": "br", "cache-control": expect.stringContaining("immutable") });
    expect(headers["content-type"]).toMatch(/javascript/);
    expect(body).toBe("not really brotli");
  });

  test("have a loader that is asked for anew, cheaply", async () => {
    const first = await http.app.inject("/widget/v1/loader.js");
    expect(first.headers["cache-control"]).toBe("public, max-age=300");
    const etag = String(first.headers.etag);
    const again = await http.app.inject({ url: "/widget/v1/loader.js", headers: { "if-none-match": etag } });
    expect(again.statusCode).toBe(304);
  });

  test.each([
    "nothing.js",
    ".secret",
    "",
    "text",
    "text/",
    "../httpServer.ts",
    "..%2f..%2fetc%2fpasswd",
    "%2e%2e/x",
    "a\\..\\b",
    "%00",
  ])("do not include %j", async (name) => {
    const answer = await http.app.inject(`/widget/v1/${name}`);
    expect(answer.statusCode).toBeGreaterThanOrEqual(400);
    expect(answer.statusCode).toBeLessThan(500);
    expect(answer.json()).toEqual({ error: { code: expect.any(String), message: expect.any(String) } });
  });
});
