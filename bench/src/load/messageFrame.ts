/** The frame of a `message:send`, serialised once for a connection: each message then writes its number's digits. PURE. */
import { clientFrame, putDigits } from "./frames.ts";

/** What a person types: neither a word nor a page. */
export const TEXT =
  "Hello, my order has not arrived yet and the tracking page says nothing since Monday. Can you look?";

const ACK_DIGITS = 8;
const NUMBER_DIGITS = 6;
/** No leading zero: Socket.IO reads an ack's id as a number and writes it back without. */
const FIRST_ACK = 10_000_000;
export const MOST_MESSAGES = 10 ** NUMBER_DIGITS;

/** 21 characters, as nanoid's. @param owner 15 characters, another one for each connection and phase */
export function clientIdOf(owner: string, n: number): string {
  return owner + String(n).padStart(NUMBER_DIGITS, "0");
}

/** @returns a function that makes the frame of the nth message */
export function messageFrames(namespace: string, owner: string, said = TEXT): (n: number) => Buffer {
  if (owner.length !== 15) throw new Error("an owner has 15 characters, so that a clientId has 21");
  const head = `42${namespace},`;
  const text = `${head}${FIRST_ACK}["message:send",${JSON.stringify({ clientId: clientIdOf(owner, 0), text: said })}]`;
  const template = clientFrame(text);
  const numberAt = text.indexOf(owner) + owner.length;
  return (n) => {
    const frame = Buffer.from(template);
    putDigits(frame, head.length, { digits: ACK_DIGITS, value: FIRST_ACK + n });
    putDigits(frame, numberAt, { digits: NUMBER_DIGITS, value: n });
    return frame;
  };
}

export type Packet = { kind: "ack"; n: number; ok: boolean } | { kind: "message" } | { kind: "other" };

const MESSAGE: Packet = { kind: "message" };
const OTHER: Packet = { kind: "other" };
const [ACK, EVENT, M, S, T] = [..."32mst"].map((character) => character.charCodeAt(0));

/** Looks at the few bytes that tell an ack of `messageFrames` from an event; parses nothing. */
export function readPacket(bytes: Buffer, start: number, namespace: string): Packet {
  const at = start + 2 + namespace.length + 1;
  const type = bytes[start + 1];
  // `["message",…`: no other event of the wire has these letters at these places.
  if (type === EVENT) return bytes[at + 2] === M && bytes[at + 4] === S ? MESSAGE : OTHER;
  if (type !== ACK) return OTHER;
  let n = 0;
  for (let i = at; i < at + ACK_DIGITS; i++) n = n * 10 + (bytes[i] ?? 48) - 48;
  // `[{"ok":true`
  return { kind: "ack", n: n - FIRST_ACK, ok: bytes[at + ACK_DIGITS + 7] === T };
}
