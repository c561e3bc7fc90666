/**
 * A way to a gateway that understands what is said: acks can be suppressed, packets doubled, delayed, swapped, dropped. WebSocket
 * only; other HTTP passes as it is. Of the rules that fit, the one applied last decides. Readers that do not read are the
 * TCP proxy's matter: here what waits is not bounded.
 *
 *     const proxy = await socketIoProxy(node.url);
 *     const client = new TestClient(proxy.url);
 *     const lost = proxy.apply({ type: "ack", event: "message:send", times: 1, do: { kind: "drop" } });
 *     await lost.struck;                                        // the gateway has answered, and nobody heard it
 */
import { once } from "node:events";
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { steadyPort } from "@baton/server/testing/steadyPort";
import { WebSocket, WebSocketServer } from "ws";
import { RuleBook } from "./ruleBook.ts";
import { SocketIoLink } from "./socketIoLink.ts";
import type { Packet } from "./socketIoPacket.ts";
import { type AppliedPacketRule, fitsPacket, type PacketLine, type PacketRule } from "./socketIoRules.ts";

/** They are about one connection, and the proxy makes another. */
const OF_ONE_HOP = /^(host|connection|upgrade|sec-websocket-.*)$/;

export class SocketIoProxy {
  readonly url: string;
  readonly #target: string;
  readonly #server: Server;
  readonly #sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  readonly #links = new Set<SocketIoLink>();
  /** Not yet accepted by the gateway. */
  readonly #opening = new Set<WebSocket>();
  readonly #rules = new RuleBook<PacketRule, PacketLine>((lifted) => {
    for (const link of this.#links) link.lifted(lifted);
  });
  #count = 0;

  constructor(port: number, target: string) {
    this.url = `http://127.0.0.1:${port}`;
    this.#target = target;
    this.#server = createServer((incoming, answer) => this.#forward(incoming, answer));
    this.#server.on("upgrade", (incoming, socket, head) => this.#begin(incoming, { socket, head }));
  }

  get connections(): number {
    return this.#links.size;
  }

  /** What the rules did. */
  get log(): readonly PacketLine[] {
    return this.#rules.log;
  }

  apply(rule: PacketRule): AppliedPacketRule {
    return this.#rules.apply(rule);
  }

  /** Lifts every rule. */
  heal(): void {
    this.#rules.liftAll();
  }

  /** Ends every transport, without a word; new ones are taken. */
  cut(): void {
    for (const link of this.#links) link.cut();
  }

  async listen(): Promise<this> {
    this.#server.listen(Number(new URL(this.url).port), "127.0.0.1");
    await once(this.#server, "listening");
    return this;
  }

  async close(): Promise<void> {
    const closed = once(this.#server, "close");
    this.#server.close();
    this.#server.closeAllConnections();
    for (const far of this.#opening) far.terminate();
    this.cut();
    await Promise.all([closed, ...[...this.#links].map((link) => link.gone)]);
  }

  /** The gateway decides first: its refusal is passed on. */
  #begin(incoming: IncomingMessage, near: { socket: Duplex; head: Buffer }): void {
    const address = `${this.#target.replace("http", "ws")}${incoming.url}`;
    const far = new WebSocket(address, { headers: this.#headers(incoming), perMessageDeflate: false });
    const abandon = () => far.terminate();
    this.#opening.add(far);
    far.once("close", () => this.#opening.delete(far));
    near.socket.on("error", () => {}).once("close", abandon);
    far.on("error", () => near.socket.destroy());
    far.once("unexpected-response", (_, { statusCode, statusMessage }) =>
      near.socket.end(`HTTP/1.1 ${statusCode} ${statusMessage}\r\nConnection: close\r\n\r\n`),
    );
    far.once("open", () => {
      this.#sockets.handleUpgrade(incoming, near.socket, near.head, (socket) => {
        near.socket.off("close", abandon);
        this.#opening.delete(far);
        this.#join(socket, far);
      });
    });
  }

  #join(near: WebSocket, far: WebSocket): void {
    this.#count += 1;
    const judge = (packet: Packet) => this.#rules.decides((rule) => fitsPacket(rule, packet));
    const link = new SocketIoLink({ id: this.#count, near, far, judge });
    this.#links.add(link);
    void link.gone.then(() => this.#links.delete(link));
  }

  #forward(incoming: IncomingMessage, answer: ServerResponse): void {
    const { method, url } = incoming;
    const onward = request(`${this.#target}${url}`, { method, headers: this.#headers(incoming) }, (told) => {
      answer.writeHead(told.statusCode ?? 502, told.headers);
      told.pipe(answer);
    });
    onward.on("error", () => answer.destroy());
    incoming.pipe(onward);
  }

  /** A page of the proxy is a page of the gateway. */
  #headers({ headers }: IncomingMessage): Record<string, string | string[]> {
    const own = Object.entries(headers).filter(([name]) => !OF_ONE_HOP.test(name));
    return Object.fromEntries(
      own.flatMap(([name, value]) => (value === undefined ? [] : [[name, value === this.url ? this.#target : value]])),
    );
  }
}

/** Listens on a free port of the loopback. @param target the gateway's URL */
export async function socketIoProxy(target: string): Promise<SocketIoProxy> {
  return new SocketIoProxy(await steadyPort(), target).listen();
}
