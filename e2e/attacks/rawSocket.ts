/** A WebSocket client written by hand on a TCP socket: it can send any bytes as a frame, also what no client library would send. */
import { randomBytes } from "node:crypto";
import { connect, type Socket } from "node:net";
import { Lookout } from "@baton/server/testing/lookout";

const TEXT = 1;
const CLOSE = 8;

export type Shape = {
  opcode?: number;
  fin?: boolean;
  /** The three reserved bits, as a number from 0 to 7; 4 claims that it is compressed. */
  rsv?: number;
  masked?: boolean;
  /** Says another length than the payload has. */
  claims?: bigint;
};

function lengthBytes(length: bigint, masked: boolean): Buffer {
  const bit = masked ? 0x80 : 0;
  if (length < 126n) return Buffer.from([bit | Number(length)]);
  if (length < 65_536n) {
    const bytes = Buffer.from([bit | 126, 0, 0]);
    bytes.writeUInt16BE(Number(length), 1);
    return bytes;
  }
  const bytes = Buffer.from([bit | 127, 0, 0, 0, 0, 0, 0, 0, 0]);
  bytes.writeBigUInt64BE(BigInt.asUintN(64, length), 1);
  return bytes;
}

/** One frame of RFC 6455, as wrong as asked for. */
export function frame(payload: string | Buffer, shape: Shape = {}): Buffer {
  const { opcode = TEXT, fin = true, rsv = 0, masked = true } = shape;
  const data = typeof payload === "string" ? Buffer.from(payload) : Buffer.from(payload);
  const head = Buffer.from([(fin ? 0x80 : 0) | ((rsv & 7) << 4) | (opcode & 15)]);
  const length = lengthBytes(shape.claims ?? BigInt(data.length), masked);
  if (!masked) return Buffer.concat([head, length, data]);
  const mask = randomBytes(4);
  for (let i = 0; i < data.length; i++) data[i] = (data[i] ?? 0) ^ (mask[i & 3] ?? 0);
  return Buffer.concat([head, length, mask, data]);
}

export type Opening = {
  port: number;
  headers?: Record<string, string>;
  path?: string;
  /** Another address of this machine, such as 127.0.0.2. */
  from?: string;
};

export class RawSocket {
  /** What was said, one entry a message; control frames and what is not text are left out. */
  readonly heard: string[] = [];
  /** The head of the answer to the upgrade. */
  head = "";
  readonly socket: Socket;
  /** Called with each message as it comes. */
  onMessage: (text: string) => void = () => {};
  /** Called when the server says goodbye. Left out, nothing is answered and the server has to wait. */
  onGoodbye: () => void = () => {};
  /** A server's frame that RFC 6455 does not allow. */
  fault: string | undefined;
  #rest: Buffer = Buffer.alloc(0);
  #closed = false;
  #isDeaf = false;
  #asked = 0;
  readonly #lookout = new Lookout(() => `heard ${this.heard.join(" ")}`);

  constructor({ port, headers = {}, path = "/socket.io/?EIO=4&transport=websocket", from }: Opening) {
    const host = "127.0.0.1";
    this.socket = connect({ port, host, noDelay: true, ...(from !== undefined && { localAddress: from }) });
    this.socket.on("error", () => {});
    this.socket.on("close", () => {
      this.#closed = true;
      this.#lookout.look();
    });
    this.socket.on("data", (bytes) => this.#read(bytes));
    const lines = {
      host: `${host}:${port}`,
      connection: "Upgrade",
      upgrade: "websocket",
      "sec-websocket-version": "13",
      "sec-websocket-key": randomBytes(16).toString("base64"),
      origin: `http://127.0.0.1:${port}`,
      ...headers,
    };
    const head = Object.entries(lines).map(([name, value]) => `${name}: ${value}`);
    this.write(Buffer.from(`GET ${path} HTTP/1.1\r\n${head.join("\r\n")}\r\n\r\n`));
  }

  get isUpgraded(): boolean {
    return this.head.startsWith("HTTP/1.1 101 ");
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  /** Resolves when Engine.IO has opened. */
  async opened(): Promise<this> {
    await this.hears((heard) => heard.find((message) => message.startsWith("0{")));
    return this;
  }

  /** Connects to the namespace, and is refused or not: the answer. */
  async join(auth: object): Promise<string> {
    this.say(`40/visitor,${JSON.stringify(auth)}`);
    return this.hears((heard) => heard.find((message) => /^4[04]\/visitor,/.test(message)));
  }

  /** The answer to one command. */
  async ask(event: string, payload: unknown): Promise<unknown> {
    this.#asked += 1;
    const id = 100 + this.#asked;
    this.say(`42/visitor,${id}${JSON.stringify([event, payload])}`);
    const start = `43/visitor,${id}[`;
    const answer = await this.hears((heard) => heard.find((message) => message.startsWith(start)));
    return (JSON.parse(answer.slice(start.length - 1)) as unknown[])[0];
  }

  say(message: string): void {
    this.write(frame(message));
  }

  write(bytes: Buffer): void {
    if (!this.#closed) this.socket.write(bytes);
  }

  /** Hears no more: what comes is thrown away unread, so that a flood's answers cost the flooder little. */
  deafen(): void {
    this.#isDeaf = true;
  }

  end(): void {
    this.socket.destroy();
  }

  /** Resolves when the server has ended it. */
  closed(): Promise<true> {
    return this.#lookout.until(() => this.#closed || undefined);
  }

  hears<T>(find: (heard: readonly string[]) => T | undefined): Promise<T> {
    return this.#lookout.until(() => find(this.heard));
  }

  #read(bytes: Buffer): void {
    if (this.#isDeaf) return;
    this.#rest = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    if (this.head === "") {
      const end = this.#rest.indexOf("\r\n\r\n");
      if (end < 0) return;
      this.head = this.#rest.toString("latin1", 0, end);
      this.#rest = this.#rest.subarray(end + 4);
    }
    while (this.isUpgraded && this.#takeFrame());
    this.#lookout.look();
  }

  #takeFrame(): boolean {
    const [first = 0, second = 0] = this.#rest;
    if (this.#rest.length < 2) return false;
    const size = lengthOf(this.#rest, second & 0x7f);
    if (!size || this.#rest.length < size.from + size.length) return false;
    const payload = this.#rest.subarray(size.from, size.from + size.length);
    this.#rest = this.#rest.subarray(size.from + size.length);
    const isKnown = [TEXT, CLOSE, 9, 10].includes(first & 15);
    if (!isKnown || (first & 0x70) !== 0 || (second & 0x80) !== 0)
      this.fault = `a frame that begins ${first} ${second}`;
    if ((first & 15) === CLOSE) this.onGoodbye();
    if ((first & 15) === TEXT) this.#message(payload.toString());
    return true;
  }

  #message(text: string): void {
    if (text === "2") this.say("3");
    this.heard.push(text);
    this.onMessage(text);
  }
}

/** Where a server's payload begins and how long it is; undefined while the head is not all there. */
function lengthOf(bytes: Buffer, short: number): { from: number; length: number } | undefined {
  if (short < 126) return { from: 2, length: short };
  if (short === 126) return bytes.length < 4 ? undefined : { from: 4, length: bytes.readUInt16BE(2) };
  return bytes.length < 10 ? undefined : { from: 10, length: Number(bytes.readBigUInt64BE(2)) };
}
