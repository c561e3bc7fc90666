import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createHttpFixture, type HttpFixture, KEYS, TEXT, TIME, transcript } from "./httpServer.fixture.ts";

let http: HttpFixture;
beforeEach(async () => {
  http = await createHttpFixture();
});
afterEach(() => http.close());

describe("a transcript", () => {
  const get = (url: string, key?: string) =>
    http.app.inject({ url, headers: key === undefined ? {} : { authorization: `Bearer ${key}` } });

  test("is given to the site's own server as data", async () => {
    for (const url of ["/v1/sessions/s_1/transcript", "/v1/sessions/s_1/transcript.json"]) {
      const answer = await get(url, KEYS.reads);
      expect(answer.json()).toEqual(transcript);
      expect(answer.headers["cache-control"]).toBe("no-store");
    }
  });

  test("is given as text to download", async () => {
    const answer = await get("/v1/sessions/s_1/transcript.txt", KEYS.reads);
    expect(answer.headers["content-disposition"]).toBe('attachment; filename="transcript-s_1.txt"');
    expect(answer.body).toContain(`[${TIME}] Ada: ${TEXT}`);
  });

  test("is given as a page in which nothing can run", async () => {
    const answer = await get("/v1/sessions/s_1/transcript.html", KEYS.reads);
    expect(answer.body).not.toContain("<script");
    expect(answer.headers["content-security-policy"]).toMatch(/^default-src 'none'/);
  });

  test.each([
    ["no key", undefined, "s_1", 401, "unauthorized"],
    ["an unknown key", "bk_unknown", "s_1", 401, "unauthorized"],
    ["a key without the scope", KEYS.mayNotRead, "s_1", 403, "forbidden"],
    ["an unknown id", KEYS.reads, "s_2", 404, "not_found"],
    ["another site's key", KEYS.ofAnotherSite, "s_1", 404, "not_found"],
    ["an id with NUL", KEYS.reads, "s%00", 404, "not_found"],
    ["an id with space", KEYS.reads, "s%20_1", 404, "not_found"],
    ["an endless id", KEYS.reads, "s".repeat(5_000), 414, "too_large"],
    ["a broken escape", KEYS.reads, "%zz", 400, "invalid_payload"],
  ])("is refused with %s", async (_what, key, id, status, code) => {
    const answer = await get(`/v1/sessions/${id}/transcript`, key);
    expect(answer.json()).toMatchObject({ error: { code } });
    expect(answer.statusCode).toBe(status);
  });

  test("says the same of an unknown session and of another site's", async () => {
    const unknown = await get("/v1/sessions/s_2/transcript", KEYS.reads);
    const foreign = await get("/v1/sessions/s_1/transcript", KEYS.ofAnotherSite);
    expect(unknown.body).toBe(foreign.body);
  });

  test("that fails tells the client an id, and the log the cause without what people wrote", async () => {
    http.behind.storageBroken = true;
    const answer = await get("/v1/sessions/s_1/transcript", KEYS.reads);
    expect(answer.statusCode).toBe(500);
    expect(answer.body).not.toContain("storage is down");
    expect(answer.json()).toMatchObject({
      error: { code: "internal", message: expect.stringContaining(String(answer.headers["x-request-id"])) },
    });
    expect(http.lines.join("")).toContain("storage is down");
    expect(http.lines.join("")).not.toContain("alert");
  });
});
