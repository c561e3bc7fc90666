/**
 * One connection of the load: TCP, the WebSocket upgrade, Engine.IO and Socket.IO by hand. Commands of the preparation
 * are awaited one by one; while load is driven every packet goes to `onPacket` as bytes, and nothing is parsed.
 */
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { clientFrame, eachServerFrame } from "./frames.ts";

export const NAMESPACE = "/visitor";
const WITHIN_MS = 30_000;

/** A command was answered with a refusal. */
export class RefusedCommand extends Error {
  /** When the server says to come again, if it does. */
  readonly retryAfterMs: number | undefined;

  constructor(event: string, answer: { error?: { retryAfterMs?: number } }) {
    super(`${event} was refused: ${JSON.stringify(answer)}`);
    this.retryAfterMs = answer.error?.retryAfterMs;
  }
}
const PONG = clientFrame("3");
const PING = 0x32;
/** Shared by all sockets: what is read is used up before the next read. */
const readBuffer = Buffer.alloc(1 << 18);

/** `bytes[start..end)` is one Engine.IO packet. */
export type OnPacket = (bytes: Buffer, start: number, end: number) => void;

export class Connection {
  readonly #socket: Socket;
  #rest: Buffer | undefined;
  #upgraded = false;
  #ended = false;
  #messages = 0;
  #hear: (text: string) => void = () => {};
  #fail: (error: Error) => void;
  /** Set while load is driven. */
  onPacket: OnPacket | undefined;
  readonly #withinMs: number;

  /**
   * @param onLost called when the connection ends without `end`
   * @param withinMs for connecting, and for each answer
   */
  constructor(port: number, onLost: (error: Error) => void, withinMs = WITHIN_MS) {
    this.#fail = onLost;
    this.#withinMs = withinMs;
    const callback = (size: number, buffer: Uint8Array): boolean => this.#read(buffer as Buffer, size);
    this.#socket = connect({ port, host: "127.0.0.1", noDelay: true, onread: { buffer: readBuffer, callback } });
    this.#socket.on("error", (error) => this.#lose(error));
    this.#socket.on("close", () => this.#lose(new Error("a connection was lost")));
    this.#socket.write(upgradeRequest(port));
  }

  /** From now on told instead of who was told before. */
  set onLost(tell: (error: Error) => void) {
    this.#fail = tell;
  }

  get hasEnded(): boolean {
    return this.#ended;
  }

  /** Connects to the namespace. */
  async join(auth: object): Promise<void> {
    const since = performance.now();
    await this.#hears((text) => text.startsWith("0{"));
    const restMs = this.#withinMs - (performance.now() - since);
    this.write(clientFrame(`40${NAMESPACE},${JSON.stringify(auth)}`));
    const answer = await this.#hears((text) => text.startsWith("40") || text.startsWith("44"), restMs);
    if (answer.startsWith("44")) throw new Error(`the server refused a connection: ${answer}`);
  }

  /** Sends one command and answers the data of its ack. Not while load is driven. */
  async ask<Data>(event: string, payload: object): Promise<Data> {
    this.write(clientFrame(`42${NAMESPACE},1${JSON.stringify([event, payload])}`));
    const head = `43${NAMESPACE},1`;
    const [answer] = JSON.parse((await this.#hears((text) => text.startsWith(`${head}[`))).slice(head.length));
    if (answer.ok !== true) throw new RefusedCommand(event, answer);
    return answer.data as Data;
  }

  /** The next event of that name. Not while load is driven, nor while an answer is awaited. */
  async hears<Payload>(event: string): Promise<Payload> {
    const head = `42${NAMESPACE},["${event}",`;
    const text = await this.#hears((said) => said.startsWith(head));
    return JSON.parse(text.slice(head.length, -1)) as Payload;
  }

  /** Resolves when a message has been delivered to this connection: it may come after the writer's ack. */
  async delivered(): Promise<void> {
    const until = Date.now() + WITHIN_MS;
    while (this.#messages === 0) {
      if (Date.now() > until) throw new Error("a server did not deliver in time");
      await sleep(1);
    }
  }

  write(frame: Buffer): void {
    this.#socket.write(frame);
  }

  end(): void {
    this.#ended = true;
    this.#socket.destroy();
  }

  /** Takes nothing from its socket any more, and so never learns that it was ended: nobody is told. */
  stall(): void {
    this.#fail = () => {};
    this.#socket.pause();
  }

  /** As a network would: whoever waits is told that it is lost. */
  cut(): void {
    this.#socket.destroy();
    this.#lose(new Error("a connection was cut"));
  }

  #hears(fits: (text: string) => boolean, withinMs = this.#withinMs): Promise<string> {
    return new Promise((resolve, reject) => {
      const giveUp = setTimeout(() => reject(new Error("a server did not answer in time")), withinMs);
      const lost = this.#fail;
      this.#fail = (error) => {
        clearTimeout(giveUp);
        reject(error);
      };
      this.#hear = (text) => {
        if (!fits(text)) return;
        clearTimeout(giveUp);
        this.#fail = lost;
        this.#hear = () => {};
        resolve(text);
      };
    });
  }

  #lose(error: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#fail(error);
  }

  #read(buffer: Buffer, size: number): boolean {
    const bytes = this.#rest ? Buffer.concat([this.#rest, buffer.subarray(0, size)]) : buffer;
    const length = this.#rest ? bytes.length : size;
    const from = this.#upgraded ? 0 : this.#upgrade(bytes, length);
    const part = from === 0 ? bytes : bytes.subarray(from, length);
    const used = this.#upgraded ? this.#packets(part, length - from) : 0;
    // Copied: the shared buffer belongs to the next read.
    this.#rest = used === length - from ? undefined : Buffer.from(part.subarray(used, length - from));
    return true;
  }

  #packets(bytes: Buffer, length: number): number {
    try {
      return eachServerFrame(bytes, length, (start, end) => {
        if (bytes[start] === PING) this.write(PONG);
        else if (this.onPacket) this.onPacket(bytes, start, end);
        else this.#prepare(bytes.toString("utf8", start, end));
      });
    } catch (error) {
      this.#lose(error as Error);
      return length;
    }
  }

  #prepare(text: string): void {
    if (text.startsWith(`42${NAMESPACE},["message",`)) this.#messages += 1;
    this.#hear(text);
  }

  /** @returns where the first frame begins */
  #upgrade(bytes: Buffer, length: number): number {
    const end = bytes.subarray(0, length).indexOf("\r\n\r\n");
    if (end < 0) return 0;
    if (!bytes.toString("latin1", 0, end).startsWith("HTTP/1.1 101")) {
      this.#lose(new Error(`no upgrade: ${bytes.toString("latin1", 0, end)}`));
    }
    this.#upgraded = true;
    return end + 4;
  }
}

function upgradeRequest(port: number): string {
  const lines = [
    "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1",
    `Host: 127.0.0.1:${port}`,
    "Connection: Upgrade",
    "Upgrade: websocket",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
    "Origin: http://localhost",
  ];
  return `${lines.join("\r\n")}\r\n\r\n`;
}
