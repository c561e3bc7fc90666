import { expect, test } from "vitest";
import { parsePacket } from "./socketIoPacket.ts";

test.each([
  ["2", { type: "ping", namespace: "/", args: [] }],
  ['0{"sid":"a"}', { type: "open", namespace: "/", args: [] }],
  ['40/visitor,{"site":"demo"}', { type: "connect", namespace: "/visitor", args: [{ site: "demo" }] }],
  ["41/visitor,", { type: "disconnect", namespace: "/visitor", args: [] }],
  [
    '42/visitor,17["message:send",{"text":"1,2[3]"}]',
    { type: "event", namespace: "/visitor", id: 17, event: "message:send", args: [{ text: "1,2[3]" }] },
  ],
  ['42["hello"]', { type: "event", namespace: "/", event: "hello", args: [] }],
  ['43/visitor,0[{"ok":true}]', { type: "ack", namespace: "/visitor", id: 0, args: [{ ok: true }] }],
  ['44/visitor,{"message":"no"}', { type: "connect_error", namespace: "/visitor", args: [{ message: "no" }] }],
  [
    '451-/visitor,["file",{"_placeholder":true,"num":0}]',
    { type: "binary", namespace: "/visitor", args: ["file", { _placeholder: true, num: 0 }] },
  ],
])("%s is understood", (frame, packet) => {
  expect(parsePacket("up", frame)).toEqual({ direction: "up", ...packet });
});

test.each(["", "x", "4", "49[]"])("«%s» is not taken for a packet", (frame) => {
  expect(() => parsePacket("up", frame)).toThrow(/not a packet/);
});
