// What a WebSocket can do to whoever reads it: lengths that lie, pieces without end, compression nobody agreed to.
import { deflateRawSync } from "node:zlib";
import { nanoid } from "nanoid";
import { afterEach, expect, test } from "vitest";
import { SITE } from "./house.ts";
import { frame, type Opening, RawSocket, type Shape } from "./rawSocket.ts";
import { endsUnharmed, underAttack } from "./unharmed.ts";

const house = underAttack({ limits: { addressConnectionsPerSecond: 10_000 } });
const open: RawSocket[] = [];
afterEach(async () => {
  for (const raw of open.splice(0)) raw.end();
  await house().serves();
});

async function transport(headers: Opening["headers"] = {}): Promise<RawSocket> {
  const raw = new RawSocket({ port: house().port, headers });
  open.push(raw);
  return raw.opened();
}

/** Somebody who has connected and opened: what they send next is heard. */
async function joined(): Promise<RawSocket> {
  const raw = await transport();
  await raw.join({ protocol: 1, site: SITE, device: { id: nanoid() } });
  await raw.ask("session:open", {});
  return raw;
}

const draft = (text: string) => `42/visitor,5${JSON.stringify(["draft:set", { text }])}`;

test.each<[string, string | Buffer, Shape]>([
  ["that claims 2^63 bytes", "x", { claims: 2n ** 63n }],
  ["that claims 2^53 bytes", "x", { claims: 2n ** 53n }],
  ["that claims 65,537 bytes", "x", { claims: 65_537n }],
  ["of 70,000 bytes", draft("x".repeat(70_000)), {}],
  ["that is not masked", draft("x"), { masked: false }],
  ["of an opcode that means nothing", "x", { opcode: 3 }],
  ["of another opcode that means nothing", "x", { opcode: 11 }],
  ["that says it is compressed", draft("x"), { rsv: 4 }],
  ["with the other reserved bits", draft("x"), { rsv: 3 }],
  ["that goes on with nothing", "x", { opcode: 0 }],
  ["that is no UTF-8", Buffer.from([0x34, 0x32, 0xff, 0xfe, 0xc0, 0x80]), {}],
  ["that pings with 126 bytes", Buffer.alloc(126), { opcode: 9 }],
  ["that pings in pieces", "x", { opcode: 9, fin: false }],
  ["that closes with one byte", "x", { opcode: 8 }],
  ["that closes with a code that is none", Buffer.from([0x03, 0xe7]), { opcode: 8 }],
])("a frame %s ends its transport, and nothing of it is heard", async (_what, payload, shape) => {
  const raw = await joined();
  raw.write(frame(payload, shape));
  await raw.closed();
  expect(raw.heard.filter((message) => message.startsWith("43/visitor,5"))).toEqual([]);
});

test("a bomb that is small until it is unpacked is never unpacked: compression is not agreed to", async () => {
  const raw = await transport({ "sec-websocket-extensions": "permessage-deflate; client_max_window_bits" });
  expect(raw.head).not.toMatch(/sec-websocket-extensions/i);
  const bomb = deflateRawSync(Buffer.alloc(50_000_000, "x"));
  expect(bomb.length).toBeLessThan(65_536);
  raw.write(frame(bomb, { rsv: 4 }));
  await raw.closed();
});

test("a message may come in pieces, as proxies send it", async () => {
  const raw = await joined();
  const text = draft("in pieces");
  raw.write(frame(text.slice(0, 9), { fin: false }));
  raw.write(frame("", { opcode: 9 }));
  raw.write(frame(text.slice(9, 20), { opcode: 0, fin: false }));
  raw.write(frame(text.slice(20), { opcode: 0 }));
  const answer = await raw.hears((heard) => heard.find((message) => message.startsWith("43/visitor,5")));
  expect(answer).toBe('43/visitor,5[{"ok":true,"data":{}}]');
});

test.each([
  ["of one byte", "x"],
  ["of nothing", ""],
])("pieces %s without an end fill no memory", async (_what, piece) => {
  const before = await house().held();
  const CROWD = 50;
  const crowd = await Promise.all(Array.from({ length: CROWD }, joined));
  const pieces = Buffer.concat([
    frame(piece, { fin: false }),
    ...Array.from({ length: 16_000 }, () => frame(piece, { opcode: 0, fin: false })),
    // Answered when all before it has been read, or the transport ends.
    frame("", { opcode: 9 }),
  ]);
  const read = crowd.map((raw) => settled(raw, pieces));
  await Promise.all(read);
  const { bytes } = await house().held();
  expect((bytes - before.bytes) / CROWD / 1_024, "KB for each").toBeLessThan(200);
});

/** Resolves when the gateway has read all of it: it answers a ping (nothing is heard of that), or has ended it. */
async function settled(raw: RawSocket, pieces: Buffer): Promise<void> {
  const pong = new Promise<void>((resolve) => {
    raw.socket.on("data", (bytes) => {
      if (bytes.includes(Buffer.from([0x8a, 0x00]))) resolve();
    });
  });
  raw.write(pieces);
  await Promise.race([pong, raw.closed()]);
}

test("a thousand pings are answered, and ten thousand nobody asked for are not missed", async () => {
  const raw = await joined();
  raw.write(Buffer.concat(Array.from({ length: 1_000 }, () => frame("ping", { opcode: 9 }))));
  raw.write(Buffer.concat(Array.from({ length: 10_000 }, () => frame("pong", { opcode: 10 }))));
  raw.write(Buffer.concat(Array.from({ length: 1_000 }, () => frame("3"))));
  expect(await raw.ask("presence:set", { visible: true })).toEqual({ ok: true, data: {} });
});

endsUnharmed(house);
