import { describe, expect, it } from "vitest";
import { expectMessage } from "./shapes.ts";
import { gateway, hasApiKey, KEY_WITHOUT_SCOPE, ownGateway } from "./target.ts";
import { arrive, connect } from "./visitor.ts";

const { target } = gateway({ polling: true });

const get = async (path: string, key?: string) =>
  await fetch(target().url + path, { headers: key ? { authorization: `Bearer ${key}` } : {} });

async function expectHttpError(response: Response, status: number): Promise<void> {
  expect(response.status).toBe(status);
  expect(response.headers.get("content-type")).toContain("application/json");
  expect(await response.json()).toMatchObject({ error: { code: expect.any(String), message: expect.any(String) } });
}

describe("for those who run it", () => {
  it("it says that it is alive and ready", async () => {
    expect((await get("/healthz")).status).toBe(200);
    expect((await get("/readyz")).status).toBe(200);
  });

  it("it can be watched by Prometheus", async () => {
    const response = await get("/metrics");
    expect(response.headers.get("content-type")).toContain("text/plain");
    expect(await response.text()).toMatch(/^# TYPE \w+ (counter|gauge|histogram)$/m);
  });

  it("what is not there is an error of the usual shape", async () => {
    await expectHttpError(await get("/v1/nothing"), 404);
  });

  it("the widget can be fetched", async () => {
    const response = await get("/widget/v1/loader.js");
    expect(response.status).toBe(200);
    expect(response.headers.get("content-type")).toContain("javascript");
  });
});

describe.runIf(hasApiKey)("a site's back end", () => {
  it("reads a transcript in three forms, and nothing in it is markup", async () => {
    const { visitor } = await arrive(target());
    const { message } = await visitor.say("<b>hello</b>");
    const path = `/v1/sessions/${message.sessionId}/transcript`;
    const asJson = await (await get(`${path}.json`, target().apiKey)).json();
    expect(asJson).toMatchObject({ session: { id: message.sessionId } });
    expectMessage(asJson.messages[0]);
    expect(asJson.messages[0].text).toBe("<b>hello</b>");
    expect(await (await get(path, target().apiKey)).json()).toMatchObject({ session: { id: message.sessionId } });
    expect(await (await get(`${path}.txt`, target().apiKey)).text()).toContain("<b>hello</b>");
    const html = await (await get(`${path}.html`, target().apiKey)).text();
    expect(html).toContain("&lt;b&gt;hello&lt;/b&gt;");
    expect(html).not.toContain("<b>hello</b>");
  });

  it("without a key, with a wrong one, or for an unknown session reads nothing", async () => {
    const { visitor } = await arrive(target());
    const { sessionId } = (await visitor.say("private")).message;
    await expectHttpError(await get(`/v1/sessions/${sessionId}/transcript`), 401);
    await expectHttpError(await get(`/v1/sessions/${sessionId}/transcript`, "made-up"), 401);
    await expectHttpError(await get("/v1/sessions/unknown/transcript", target().apiKey), 404);
  });

  it.runIf(ownGateway)("reads nothing with a key that lacks the scope", async () => {
    const { visitor } = await arrive(target());
    const { sessionId } = (await visitor.say("private")).message;
    await expectHttpError(await get(`/v1/sessions/${sessionId}/transcript`, KEY_WITHOUT_SCOPE), 403);
  });
});

describe.runIf(ownGateway)("somebody else's page", () => {
  it("cannot speak on a connection that another page opened", async () => {
    const visitor = connect(target(), {}, { transports: ["polling"] });
    expect(await visitor.begun).toEqual({});
    const url = `${target().url}/socket.io/?EIO=4&transport=polling&sid=${visitor.socket.io.engine.id}`;
    const response = await fetch(url, { method: "POST", headers: { origin: "http://evil.example" }, body: "3" });
    expect(response.status).toBe(403);
  });

  it("and a client that names no page is let in only where the site allows it", async () => {
    const { refused } = await connect(target(), {}, { origin: null }).begun;
    expect(refused).toMatchObject({ code: "origin_forbidden", retryable: false });
  });
});
