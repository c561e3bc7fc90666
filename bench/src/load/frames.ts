/**
 * WebSocket frames (RFC 6455) of text, as far as a generator of load needs them. PURE.
 * Written by hand because a full client costs more for each message than the servers that are to be measured.
 */

/** Not zero: a server may skip the unmasking that a browser's frames would cost it. */
const MASK = [0x37, 0xfa, 0x21, 0x3d] as const;
const FINAL_TEXT = 0x81;
const CLOSE = 0x8;

/** The payload begins so far into a frame made by `clientFrame`. */
export const HEADER_BYTES = 8;

/** A masked frame with the 16-bit form of the length, whatever the length: the payload's place is then always known. */
export function clientFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  const frame = Buffer.alloc(HEADER_BYTES + payload.length);
  frame[0] = FINAL_TEXT;
  frame[1] = 0x80 | 126;
  frame.writeUInt16BE(payload.length, 2);
  frame.set(MASK, 4);
  for (const [i, byte] of payload.entries()) putByte(frame, i, byte);
  return frame;
}

/** Writes one byte of the payload, masked. */
export function putByte(frame: Buffer, at: number, byte: number): void {
  frame[HEADER_BYTES + at] = byte ^ (MASK[at & 3] ?? 0);
}

/** Writes a number in decimal digits with leading zeros into the payload, masked. */
export function putDigits(frame: Buffer, at: number, { digits, value }: { digits: number; value: number }): void {
  let rest = value;
  for (let i = at + digits - 1; i >= at; i--) {
    putByte(frame, i, 48 + (rest % 10));
    rest = Math.floor(rest / 10);
  }
}

export type Visit = (start: number, end: number) => void;

/**
 * Visits the payload of each whole frame in `bytes[0..length)`; a server's frames are not masked.
 * @returns how many bytes were used up; the rest is the beginning of a frame
 * @throws when the server closes
 */
export function eachServerFrame(bytes: Buffer, length: number, visit: Visit): number {
  let at = 0;
  while (length - at >= 2) {
    const [start, size] = payloadOf(bytes, at, length);
    if (start === 0 || start + size > length) break;
    if (((bytes[at] ?? 0) & 0xf) === CLOSE) throw new Error("the server closed the connection");
    visit(start, start + size);
    at = start + size;
  }
  return at;
}

/** Where a payload starts and how long it is; a start of 0: the header is not whole yet. */
function payloadOf(bytes: Buffer, at: number, length: number): readonly [number, number] {
  const short = (bytes[at + 1] ?? 0) & 0x7f;
  if (short < 126) return [at + 2, short];
  const header = short === 126 ? 4 : 10;
  if (length - at < header) return [0, 0];
  // No server under test sends 4 GB in one frame: the lower half of a 64-bit length is enough.
  return [at + header, short === 126 ? bytes.readUInt16BE(at + 2) : bytes.readUInt32BE(at + 6)];
}
