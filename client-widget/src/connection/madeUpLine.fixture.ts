/** One connection to the made-up gateway, with the manners of a Socket.IO socket as far as link.ts knows them. */
import type { Ack } from "@baton/shared/refusals";
import type { MadeUpGateway } from "./madeUpGateway.fixture.ts";

type Told = (...args: never[]) => void;

export class MadeUpLine {
  readonly #gateway: MadeUpGateway;
  readonly #listeners = new Map<string, Told>();
  readonly #asked = new Set<(why: Error) => void>();
  #any: ((name: string, payload: unknown) => void) | undefined;
  #isOpen = false;
  /** Nothing gets through any more, whether or not an end has noticed. */
  cut = false;
  /** For the widget it has ended. */
  over = false;
  listens = false;

  constructor(gateway: MadeUpGateway) {
    this.#gateway = gateway;
  }

  on(name: string, told: Told): void {
    this.#listeners.set(name, told);
  }

  off(): void {
    this.#listeners.clear();
  }

  onAny(told: (name: string, payload: unknown) => void): void {
    this.#any = told;
  }

  offAny(): void {
    this.#any = undefined;
  }

  connect(): void {
    this.#gateway.dialled(this);
  }

  disconnect(): void {
    this.over = true;
    for (const fail of this.#asked) fail(new Error("socket has been disconnected"));
  }

  timeout(ms: number) {
    return { emitWithAck: (event: string, payload: unknown) => this.#ask(event, payload, ms) };
  }

  connected(): void {
    (this.#listeners.get("connect") as (() => void) | undefined)?.();
  }

  hear(name: string, payload: unknown): void {
    this.#any?.(name, payload);
  }

  /** A frame to the widget: it comes where the line is still there by then. */
  down(what: string, come: () => void): void {
    this.#gateway.later(what, () => {
      if (!this.over && !this.cut) come();
    });
  }

  end(what: string, name: "disconnect" | "connect_error"): void {
    this.#gateway.later(what, () => {
      if (this.over) return;
      this.over = true;
      (this.#listeners.get(name) as ((error: Error) => void) | undefined)?.(new Error(name));
      this.disconnect();
    });
  }

  #ask(event: string, payload: unknown, ms: number): Promise<Ack<unknown>> {
    if (event !== "session:open" && !this.#isOpen)
      this.#gateway.faults.push(`${event} before session:open was answered`);
    return new Promise((resolve, reject) => {
      const settle = () => {
        clearTimeout(late);
        return this.#asked.delete(fail);
      };
      const fail = (why: Error) => {
        if (settle()) reject(why);
      };
      const late = setTimeout(fail, ms, new Error("operation has timed out"));
      this.#asked.add(fail);
      const answer = (ack: Ack<unknown>) => {
        if (event === "session:open" && ack.ok) this.#isOpen = true;
        if (settle()) resolve(ack);
      };
      // What was sent before the widget closed still arrives; what was cut does not.
      this.#gateway.later(event, () => {
        if (!this.cut) this.#gateway.take(this, event, payload, answer);
      });
    });
  }
}
