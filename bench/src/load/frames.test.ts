import { expect, test } from "vitest";
import { clientFrame, eachServerFrame, HEADER_BYTES } from "./frames.ts";
import { clientIdOf, messageFrames, readPacket } from "./messageFrame.ts";
import { ownerOf } from "./owner.ts";

function unmasked(frame: Buffer): string {
  const mask = frame.subarray(4, HEADER_BYTES);
  return Buffer.from(frame.subarray(HEADER_BYTES).map((byte, i) => byte ^ (mask[i & 3] ?? 0))).toString();
}

function serverFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  const header =
    payload.length < 126 ? [0x81, payload.length] : [0x81, 126, payload.length >> 8, payload.length & 0xff];
  return Buffer.concat([Buffer.from(header), payload]);
}

function seen(bytes: Buffer): { texts: string[]; used: number } {
  const texts: string[] = [];
  const used = eachServerFrame(bytes, bytes.length, (start, end) => texts.push(bytes.toString("utf8", start, end)));
  return { texts, used };
}

test("a masked frame says what it was given", () => {
  const frame = clientFrame("grüße");
  expect([frame[0], frame[1], frame.readUInt16BE(2)]).toEqual([0x81, 0xfe, 7]);
  expect(unmasked(frame)).toBe("grüße");
});

test("frames are found wherever a read was cut", () => {
  const whole = Buffer.concat([serverFrame("2"), serverFrame("x".repeat(300)), serverFrame("end")]);
  expect(seen(whole)).toEqual({ texts: ["2", "x".repeat(300), "end"], used: whole.length });
  for (let cut = 0; cut < whole.length; cut++) {
    const first = seen(whole.subarray(0, cut));
    const second = seen(whole.subarray(first.used));
    expect([...first.texts, ...second.texts]).toEqual(["2", "x".repeat(300), "end"]);
  }
});

test("a frame that closes is an error", () => {
  expect(() => seen(Buffer.of(0x88, 0))).toThrow("closed");
});

test("each message has its own number, in its ack and in its clientId", () => {
  const owner = ownerOf({ phase: 12, generator: 1, index: 345 });
  const frame = messageFrames("/visitor", owner);
  const [said, again] = [unmasked(frame(67)), unmasked(frame(68))];
  expect(said.startsWith('42/visitor,10000067["message:send",{')).toBe(true);
  expect(JSON.parse(said.slice(said.indexOf("[")))[1].clientId).toBe(clientIdOf(owner, 67));
  expect(clientIdOf(owner, 67)).toHaveLength(21);
  expect(again).not.toBe(said);
});

test("an ack, a refusal, a message and anything else are told apart", () => {
  const read = (text: string) => readPacket(Buffer.from(text), 0, "/visitor");
  expect(read('43/visitor,10000067[{"ok":true,"data":{}}]')).toEqual({ kind: "ack", n: 67, ok: true });
  expect(read('43/visitor,10000067[{"ok":false,"error":{}}]')).toEqual({ kind: "ack", n: 67, ok: false });
  expect(read('42/visitor,["message",{}]')).toEqual({ kind: "message" });
  expect(read('42/visitor,["closing",{}]')).toEqual({ kind: "other" });
});

test("a long message is framed as whole as a short one, with its number", () => {
  const said = "x".repeat(8_000);
  const owner = ownerOf({ phase: 0, generator: 0, index: 0 });
  const text = unmasked(messageFrames("/visitor", owner, said)(7));
  const [event, payload] = JSON.parse(text.slice(text.indexOf("[")));
  expect([event, payload]).toEqual(["message:send", { clientId: clientIdOf(owner, 7), text: said }]);
});
