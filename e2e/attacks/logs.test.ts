// What may be in a log, at its most talkative: ids and routes. Not what people wrote, not who they are, no token, no key,
// no secret, and no line of somebody else's making.
import { createHmac } from "node:crypto";
import { nanoid } from "nanoid";
import { expect, test } from "vitest";
import { API_KEY, OTHER_KEY, SECRET, SITE } from "./house.ts";
import { RawSocket } from "./rawSocket.ts";
import { endsUnharmed, underAttack } from "./unharmed.ts";

const house = underAttack({
  bot: "demo",
  logLevel: "trace",
  polling: true,
  limits: { userMessageBurst: 3, addressConnectionsPerSecond: 1_000 },
});
const NEVER = "never-in-a-log";
const FORGED = `x\n{"level":"error","msg":"forged"}\r\n\u2028\u001b[2J`;

function userToken(claims: object): string {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const now = Math.floor(Date.now() / 1_000);
  const body = `${part({ alg: "HS256" })}.${part({ aud: SITE, iat: now, exp: now + 600, ...claims })}`;
  return `${body}.${createHmac("sha256", SECRET).update(body).digest("base64url")}`;
}

const get = (path: string, headers: Record<string, string> = {}, more: RequestInit = {}) =>
  fetch(`${house().url}${path}`, { headers, ...more }).then((answer) => answer.text().then(() => answer.status));

test("a whole conversation, and everything that can go wrong in one, leaves nothing private in the log", async () => {
  const token = userToken({ sub: `${NEVER}-sub`, name: `${NEVER}-name`, email: `${NEVER}@x.example` });
  const device = { id: nanoid(), label: `${NEVER}-label` };
  const ada = await house().arrive({ userToken: token, device });
  const { message } = await ada.send(`${NEVER}-text`);
  await ada.ask("message:edit", { messageId: message.id, text: `${NEVER}-edit` });
  await ada.ask("session:rate", { sessionId: message.sessionId, score: 1, comment: `${NEVER}-comment` });
  await ada.ask("draft:set", { text: `${NEVER}-draft` });
  for (let i = 0; i < 5; i++) await ada.raw("message:send", { clientId: `${NEVER}${i}`, text: `${NEVER}-flood` });
  await ada.raw("message:send", { clientId: "c", text: { [NEVER]: NEVER } });
  await ada.raw("auth:refresh", { userToken: `${NEVER}.${NEVER}.${NEVER}` });
  await ada.raw(`${NEVER}-event`, { [NEVER]: NEVER });
  for (const auth of [
    { userToken: `${token}${NEVER}` },
    { visitorToken: NEVER },
    { site: NEVER },
    { handover: NEVER },
  ]) {
    await expect(house().arrive(auth)).rejects.toThrow();
  }
  const paths = ["txt", "html", "json"].map(
    (kind) => `/v1/sessions/${message.sessionId}/transcript.${kind}?x=${NEVER}`,
  );
  for (const path of paths) expect(await get(path, { authorization: `Bearer ${API_KEY}` })).toBe(200);
  ada.close();
  const log = house().lines.join("\n");
  expect(log.length).toBeGreaterThan(500);
  for (const secret of [NEVER, token, SECRET, API_KEY, OTHER_KEY]) expect(log).not.toContain(secret);
});

test("a missing key is 401, a wrong one too, one without the scope 403, and none is told in the log or the answer", async () => {
  const path = "/v1/sessions/any/transcript";
  expect(await get(path)).toBe(401);
  for (const wrong of [NEVER, `${API_KEY}x`, API_KEY.toUpperCase(), `${API_KEY},${API_KEY}`]) {
    expect(await get(path, { authorization: `Bearer ${wrong}` })).toBe(401);
  }
  expect(await get(path, { authorization: `Basic ${Buffer.from(`x:${API_KEY}`).toString("base64")}` })).toBe(401);
  expect(await get(`${path}?key=${API_KEY}&access_token=${API_KEY}`)).toBe(401);
  expect(await get(path, { authorization: `Bearer ${OTHER_KEY}` })).toBe(403);
  expect(await get("/v1/users/any/sign-out", { authorization: `Bearer ${API_KEY}` }, { method: "POST" })).toBe(403);
  const log = house().lines.join("\n");
  for (const secret of [NEVER, API_KEY.toLowerCase(), API_KEY.toUpperCase()]) expect(log).not.toContain(secret);
});

test("nobody writes a line of their own: not by a label, a path, a header, an event, or what is no HTTP", async () => {
  const from = house().lines.length;
  const ada = await house().arrive({ device: { id: nanoid(), label: FORGED } }, { "user-agent": FORGED.slice(0, 1) });
  await ada.send(FORGED);
  await ada.raw(FORGED, {});
  ada.close();
  await get(`/${encodeURIComponent(FORGED)}`);
  await get(`/v1/sessions/${encodeURIComponent(FORGED)}/transcript`, { authorization: `Bearer ${API_KEY}` });
  await get(
    `/v1/users/${encodeURIComponent(FORGED)}/sign-out`,
    { authorization: `Bearer ${API_KEY}` },
    { method: "POST" },
  );
  const raw = new RawSocket({ port: house().port, headers: { "user-agent": FORGED, "x-forwarded-for": FORGED } });
  await raw.closed();
  const lines = house().lines.slice(from);
  expect(lines.length).toBeGreaterThan(0);
  for (const line of lines) {
    expect(JSON.parse(line)).toMatchObject({ level: expect.any(String), time: expect.any(String) });
    expect(line).not.toContain("forged");
  }
});

endsUnharmed(house);
