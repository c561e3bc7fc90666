import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createHttpFixture, type HttpFixture, KEYS, SUB, TIME, UNKNOWN_DEVICE } from "./httpServer.fixture.ts";

let http: HttpFixture;
beforeEach(async () => {
  http = await createHttpFixture();
});
afterEach(() => http.close());

const DEVICE = "abcdefghijklmnopqrstu";

function signOut(id: string, { key = KEYS.signsOut, body }: { key?: string | undefined; body?: object } = {}) {
  const headers = { authorization: `Bearer ${key}` };
  const url = `/v1/users/${id}/sign-out`;
  return http.app.inject({ method: "POST", url, headers, ...(body && { payload: body }) });
}

describe("signing a user out", () => {
  test("needs no body, and tells from when on tokens count again", async () => {
    const answer = await signOut("u_1");
    expect(answer.statusCode).toBe(200);
    expect(answer.json()).toEqual({ userId: "u_1", signedOutAt: TIME });
  });

  test("of one device names it", async () => {
    expect((await signOut("u_1", { body: { deviceId: DEVICE } })).json()).toEqual({
      userId: "u_1",
      deviceId: DEVICE,
      signedOutAt: TIME,
    });
  });

  test("goes by the site's own id, however long and whatever is in it", async () => {
    expect(SUB.length).toBe(255);
    expect((await signOut(`ext:${encodeURIComponent(SUB)}`)).json()).toMatchObject({ userId: "u_1" });
    expect((await signOut(encodeURIComponent(`ext:${SUB}`))).json()).toMatchObject({ userId: "u_1" });
  });

  test.each([
    ["an unknown key", "u_1", "bk_unknown", 401, "unauthorized"],
    ["a key that may only read", "u_1", KEYS.mayNotRead, 403, "forbidden"],
    ["an unknown id", "u_2", KEYS.signsOut, 404, "not_found"],
    ["another site's key", "u_1", KEYS.ofAnotherSite, 404, "not_found"],
    ["an unknown external id", "ext:nobody", KEYS.signsOut, 404, "not_found"],
    ["an external id without its prefix", encodeURIComponent(SUB), KEYS.signsOut, 404, "not_found"],
    ["an empty external id", "ext:", KEYS.signsOut, 404, "not_found"],
    ["an external id with NUL", "ext:a%00", KEYS.signsOut, 404, "not_found"],
    ["an id with NUL", "u_1%00", KEYS.signsOut, 404, "not_found"],
    ["an external id that nobody can have", `ext:${"x".repeat(256)}`, KEYS.signsOut, 404, "not_found"],
  ])("is refused with %s", async (_what, id, key, status, code) => {
    const answer = await signOut(id, { key });
    expect(answer.json()).toMatchObject({ error: { code } });
    expect(answer.statusCode).toBe(status);
  });

  test("is refused for a device that the user does not have", async () => {
    expect((await signOut("u_1", { body: { deviceId: UNKNOWN_DEVICE } })).statusCode).toBe(404);
  });

  test.each([
    [{ device: DEVICE }, ["device"]],
    [{ deviceId: "short" }, ["deviceId"]],
    [{ deviceId: null }, ["deviceId"]],
    [[], [""]],
  ])("is refused with the body %j", async (body, fields) => {
    const answer = await signOut("u_1", { body });
    expect(answer.statusCode).toBe(400);
    expect(answer.json()).toMatchObject({ error: { code: "invalid_payload", details: { fields } } });
  });

  test("says the same of an unknown user and of another site's", async () => {
    expect((await signOut("u_2")).body).toBe((await signOut("u_1", { key: KEYS.ofAnotherSite })).body);
  });
});
