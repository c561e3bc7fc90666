/** A transport without a client's manners: says raw Engine.IO messages, hears raw ones. For what no client would do. */
import { Manager, type ManagerOptions } from "socket.io-client";
import { Lookout } from "./lookout.ts";

export class RawTransport {
  readonly heard: string[] = [];
  readonly #manager: Manager;
  readonly #lookout = new Lookout(() => `heard ${this.heard.join(" ")}`);
  #closed: string | undefined;

  constructor(url: string, options: Partial<ManagerOptions> = {}) {
    this.#manager = new Manager(url, {
      transports: ["websocket"],
      reconnection: false,
      autoConnect: false,
      ...options,
    });
  }

  async opened(): Promise<this> {
    await new Promise<void>((resolve, reject) => this.#manager.open((error) => (error ? reject(error) : resolve())));
    const { engine } = this.#manager;
    engine.on("data", (data: unknown) => this.#hear(String(data)));
    engine.on("close", (reason: string) => {
      this.#closed = reason;
      this.#lookout.look();
    });
    return this;
  }

  /** One message; Socket.IO's packets begin with their type: 0 CONNECT, 2 EVENT, 5 with attachments. */
  say(message: string | Buffer): void {
    this.#manager.engine.write(message);
  }

  /** Resolves with what `find` finds in what was heard, already or to come. */
  hears<T>(find: (heard: readonly string[]) => T | undefined): Promise<T> {
    return this.#lookout.until(() => find(this.heard));
  }

  /** Resolves with the reason when the server has ended it. */
  closed(): Promise<string> {
    return this.#lookout.until(() => this.#closed);
  }

  close(): void {
    this.#manager.engine.close();
  }

  #hear(message: string): void {
    this.heard.push(message);
    this.#lookout.look();
  }
}
