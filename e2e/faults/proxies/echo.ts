/** A server that answers everything, and somebody who speaks to it: what the tests of the TCP proxy stand between. */
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";

/** Answers each piece with «re:» and the piece, and remembers what it was told and how its links ended. */
export class Echo {
  readonly server: Server = createServer({ allowHalfOpen: true }, (socket) => this.#serve(socket));
  readonly sockets: Socket[] = [];
  told = "";
  readonly ends: string[] = [];

  async listen(where: { port: number } | { path: string }): Promise<this> {
    this.server.listen("port" in where ? { ...where, host: "127.0.0.1" } : where);
    await once(this.server, "listening");
    return this;
  }

  get port(): number {
    const address = this.server.address();
    if (typeof address !== "object" || address === null) throw new Error("it has no port");
    return address.port;
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
    await once(this.server, "close");
  }

  #serve(socket: Socket): void {
    this.sockets.push(socket);
    socket.on("data", (piece) => {
      this.told += piece;
      this.server.emit("told");
      socket.write(`re:${piece}`);
    });
    socket.on("end", () => {
      this.ends.push("end");
      socket.end();
    });
    socket.on("error", (error) => this.ends.push(String(Reflect.get(error, "code"))));
    socket.on("close", () => this.server.emit("left"));
  }
}

export class Person {
  heard = "";
  ended: string | undefined;
  readonly socket: Socket;

  constructor(port: number) {
    this.socket = connect({ port, host: "127.0.0.1" });
    this.socket.on("data", (piece) => {
      this.heard += piece;
      this.socket.emit("heard");
    });
    this.socket.on("end", () => {
      this.ended ??= "end";
    });
    this.socket.on("error", (error) => {
      this.ended ??= String(Reflect.get(error, "code"));
    });
  }

  say(words: string): this {
    this.socket.write(words);
    return this;
  }

  async hears(words: string): Promise<void> {
    while (!this.heard.includes(words)) await once(this.socket, "heard");
  }

  /** Resolves with how. */
  async gone(): Promise<string | undefined> {
    if (!this.socket.closed) await new Promise<void>((resolve) => this.socket.once("close", () => resolve()));
    return this.ended;
  }
}
