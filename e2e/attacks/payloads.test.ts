// What can be hidden in a payload: keys of every object's ancestry, in every object of every command and of the
// handshake; text that is no text; numbers that are none; epochs nobody granted.
import { nanoid } from "nanoid";
import { beforeAll, describe, expect, test } from "vitest";
import { SITE } from "./house.ts";
import { commandNames, goodPayloads } from "./payloads.ts";
import { RawSocket } from "./rawSocket.ts";
import { endsUnharmed, underAttack } from "./unharmed.ts";

const house = underAttack({ limits: { connectionCommandBurst: 1_000_000, addressConnectionsPerSecond: 1_000 } });
const KEYS = ["__proto__", "constructor", "prototype", "toString", "valueOf", "hasOwnProperty", "__defineGetter__"];

let raw: RawSocket;
let known: { sessionId: string; messageId: string; userToken: string };
beforeAll(async () => {
  raw = await new RawSocket({ port: house().port }).opened();
  await raw.join({ protocol: 1, site: SITE, device: { id: nanoid() } });
  await raw.ask("session:open", {});
  const sent = (await raw.ask("message:send", { clientId: "first", text: "hello" })) as {
    data: { message: { id: string; sessionId: string } };
  };
  known = { sessionId: sent.data.message.sessionId, messageId: sent.data.message.id, userToken: "none" };
});

/** The value once for each object in it, with the key put into that one: as JSON, where `__proto__` is a key like any. */
function poisoned(value: unknown, key: string): string[] {
  if (typeof value !== "object" || value === null) return [];
  const own = JSON.stringify(value);
  const here = Array.isArray(value)
    ? []
    : [`{${JSON.stringify(key)}:{"polluted":true}${own === "{}" ? "}" : `,${own.slice(1)}`}`];
  const inside = Object.entries(value).flatMap(([name, part]) =>
    poisoned(part, key).map((text) => JSON.stringify({ ...value, [name]: "\u0001" }).replace('"\\u0001"', () => text)),
  );
  return [...here, ...inside];
}

describe.each(commandNames)("%s", (name) => {
  test("takes no key of an object's ancestry, in any of its objects", async () => {
    const payload = goodPayloads(known)[name];
    const all = KEYS.flatMap((key) => poisoned(payload, key));
    expect(all.length).toBeGreaterThanOrEqual(KEYS.length);
    for (const text of all) {
      const answer = await raw.ask(name, JSON.parse(text));
      expect(answer).toMatchObject({ ok: false });
      expect(["invalid_payload", "unknown_event"]).toContain((answer as { error: { code: string } }).error.code);
    }
  });

  test("takes no epoch that its client made up", async () => {
    if (name === "session:takeover") {
      // A compare field, and the holder's own: nothing is granted by it.
      expect(await raw.ask(name, { epoch: 77 })).toMatchObject({ ok: true, data: { lock: { epoch: 2, mine: true } } });
      return;
    }
    const answer = await raw.ask(name, { ...goodPayloads(known)[name], epoch: 2_147_483_647 });
    expect(["invalid_payload", "unknown_event"]).toContain((answer as { error: { code: string } }).error.code);
  });
});

test.each(KEYS)("a handshake with %s in each of its objects connects as itself, or is refused", async (key) => {
  const auth = { protocol: 1, site: SITE, device: { id: nanoid(), label: "x" } };
  for (const text of [...poisoned(auth, key), ...poisoned({ ...auth, device: {} }, key)]) {
    const one = await new RawSocket({ port: house().port }).opened();
    const answer = await one.join(JSON.parse(text));
    if (answer.startsWith("44")) expect(answer).toContain('"code":"bad_handshake"');
    else expect(await one.ask("session:open", {})).toMatchObject({ ok: true, data: { user: { kind: "visitor" } } });
    one.end();
  }
  expect(await raw.ask("presence:set", { visible: true })).toEqual({ ok: true, data: {} });
});

const BIDI = "\u202e\u2066\u2067\u2068\u2069\u202a\u202b\u202c\u200f\u200e\u061c";

test.each([
  ["marks that turn text around", `a${BIDI}evil.exe`],
  ["what nobody sees", "a\u200b\u200d\ufeff\u2060\u00ad\u{e0041}b"],
  ["control characters", "a\u0001\u0008\u001b[31m\u007f\u0085b"],
  ["line ends of every kind", "a\r\n\u2028\u2029\u000b\u000cb"],
  ["what is no character", "a\uffff\ufdd0\u{10ffff}b"],
  ["thirty marks on a letter", `a${"\u0315".repeat(30)}`],
  ["a flag, a family, a letter made of three", "🏳️‍🌈 👨‍👩‍👧‍👦 \u1100\u1161\u11a8".normalize("NFC")],
])("a message with %s comes back letter for letter", async (_what, text) => {
  expect(await raw.ask("message:send", { clientId: nanoid(), text })).toMatchObject({
    ok: true,
    data: { message: { text } },
  });
});

test("marks without end on one letter are kept, divided so that nobody has to sort them", async () => {
  const marks = "\u0315\u0334".repeat(3_000);
  const answer = await raw.ask("message:send", { clientId: nanoid(), text: `a${marks}` });
  const { text } = (answer as { data: { message: { text: string } } }).data.message;
  expect(text.normalize("NFC")).toBe(text);
  expect(text.replaceAll("\u034f", "").normalize("NFD").length).toBe(marks.length + 1);
  expect(Math.max(...text.split("\u034f").map((run) => run.length))).toBeLessThanOrEqual(31);
});

test("a million marks are too much, by one packet or by many", async () => {
  const one = await new RawSocket({ port: house().port }).opened();
  one.say(`42/visitor,1${JSON.stringify(["draft:set", { text: "\u0301".repeat(1_000_000) }])}`);
  await one.closed();
  for (let i = 0; i < 40; i++) {
    const answer = await raw.ask("draft:set", { text: "\u0301".repeat(25_000) });
    expect(answer).toMatchObject({ ok: false, error: { code: "invalid_payload" } });
  }
});

test.each(["9007199254740993", "-9007199254740993", "1e400", "-0.0", "1e-400", "0.1e1", "9".repeat(400)])(
  "%s for a number is that number's place, or is refused",
  async (number) => {
    for (const [name, payload] of [
      ["sync", { sessionId: known.sessionId, rev: JSON.parse(number) as number }],
      ["receipt:read", { sessionId: known.sessionId, seq: JSON.parse(number) as number }],
      ["history:page", { sessionId: known.sessionId, beforeSeq: JSON.parse(number) as number }],
    ] as const) {
      const text = JSON.stringify(payload).replace("null", number);
      const before = raw.heard.length;
      raw.say(`42/visitor,${before + 10_000}["${name}",${text}]`);
      const start = `43/visitor,${before + 10_000}[`;
      const answer = await raw.hears((heard) => heard.find((message) => message.startsWith(start)));
      if (Math.abs(Number(number)) > 1) expect(answer).toContain("invalid_payload");
    }
  },
);

test("whoever sends thousands of wrong keys is told of twenty, shortly", async () => {
  const wide = Object.fromEntries(Array.from({ length: 6_000 }, (_, i) => [`k${i}`, 1]));
  const long = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`${i}${"k".repeat(2_900)}`, 1]));
  for (const payload of [wide, long]) {
    const answer = await raw.ask("typing:set", payload);
    expect(answer).toMatchObject({ error: { code: "invalid_payload" } });
    expect(JSON.stringify(answer).length).toBeLessThan(4_000);
  }
});

test("after all of that the conversation holds what was said in it, once each", async () => {
  const again = await raw.ask("message:send", { clientId: "first", text: "another body" });
  expect(again).toMatchObject({ ok: true, data: { message: { text: "hello", seq: 1 } } });
  const page = await raw.ask("history:page", { sessionId: known.sessionId, limit: 100 });
  const { messages } = (page as { data: { messages: { text: string; seq: number }[] } }).data;
  expect(messages.map(({ seq }) => seq)).toEqual(messages.map((_, i) => i + 1));
  expect(messages.length).toBe(9);
});

endsUnharmed(house, () => raw.end());
