/** A visitor's client for tests: real Socket.IO, every command awaited, every event kept in order. */
import type { VisitorCommandName, VisitorData, VisitorPayloadIn } from "@baton/shared/commands";
import type { VisitorNotice, VisitorNoticeName } from "@baton/shared/notices";
import type { Ack, Refusal } from "@baton/shared/refusals";
import { nanoid } from "nanoid";
import { io, type Socket } from "socket.io-client";
import { ackFault, noticeFault } from "./wireCheck.ts";

export type TestAuth = {
  protocol?: unknown;
  site?: unknown;
  device?: unknown;
  visitorToken?: unknown;
  userToken?: unknown;
  [more: string]: unknown;
};

/** As auth tells it. Those who tell the same one are tabs of one device; left out, each client is a device of its own. */
export type TestDevice = { readonly id: string; readonly label: string };

export function newDevice(label = "Test"): TestDevice {
  return { id: nanoid(), label };
}

export type Heard = { [E in VisitorNoticeName]: { event: E; payload: VisitorNotice<E> } }[VisitorNoticeName];

const ACK_WITHIN_MS = 15_000;

export class TestClient {
  readonly socket: Socket;
  readonly deviceId: string;
  /** Everything heard, in order. */
  readonly heard: Heard[] = [];
  /** Whatever was said to this client and is not as shared declares it; the gateway's `close` throws for any. */
  readonly faults: string[] = [];
  readonly #waiting = new Set<() => void>();

  constructor(
    url: string,
    auth: TestAuth = {},
    options: { origin?: string | undefined; headers?: Record<string, string> } = {},
  ) {
    const device = newDevice();
    this.deviceId = (auth.device as TestDevice | undefined)?.id ?? device.id;
    const origin = "origin" in options ? options.origin : new URL(url).origin;
    this.socket = io(`${url}/visitor`, {
      auth: { protocol: 1, site: "demo", device, ...auth },
      transports: ["websocket"],
      forceNew: true,
      reconnection: false,
      extraHeaders: { ...(origin !== undefined && { origin }), ...options.headers },
    });
    this.socket.onAny((event: string, ...args: unknown[]) => {
      this.heard.push({ event, payload: args[0] } as Heard);
      this.#check(noticeFault(event, args));
      for (const look of this.#waiting) look();
    });
  }

  /** Resolves when connected; rejects with the connect_error. */
  connected(): Promise<this> {
    return new Promise((resolve, reject) => {
      if (this.socket.connected) return resolve(this);
      this.socket.once("connect", () => resolve(this));
      this.socket.once("connect_error", reject);
    });
  }

  /** What the server answers, refusal or not, to anything. */
  async raw(event: string, ...args: unknown[]): Promise<Ack<unknown>> {
    const answer: Ack<unknown> = await this.socket.timeout(ACK_WITHIN_MS).emitWithAck(event, ...args);
    this.#check(ackFault(event, answer));
    return answer;
  }

  /** @throws when refused */
  async ask<E extends VisitorCommandName>(event: E, payload: VisitorPayloadIn<E>): Promise<VisitorData<E>> {
    const answer = (await this.raw(event, payload)) as Ack<VisitorData<E>>;
    if (answer.ok) return answer.data;
    throw Object.assign(new Error(`${event} was refused: ${answer.error.code} ${answer.error.message}`), {
      refusal: answer.error,
    });
  }

  async refusal<E extends VisitorCommandName>(event: E, payload: VisitorPayloadIn<E>): Promise<Refusal> {
    const answer = await this.raw(event, payload);
    if (answer.ok) throw new Error(`${event} was not refused: ${JSON.stringify(answer.data)}`);
    return answer.error;
  }

  open(payload: VisitorPayloadIn<"session:open"> = {}) {
    return this.ask("session:open", payload);
  }

  send(text: string, more: Partial<VisitorPayloadIn<"message:send">> = {}) {
    return this.ask("message:send", { clientId: nanoid(), text, ...more });
  }

  /** Resolves with the first event of that name, heard already or to come, that fits. */
  event<E extends VisitorNoticeName>(
    event: E,
    fits: (payload: VisitorNotice<E>) => boolean = () => true,
  ): Promise<VisitorNotice<E>> {
    const find = () => this.heard.find((h) => h.event === event && fits(h.payload as VisitorNotice<E>));
    return new Promise((resolve, reject) => {
      const giveUp = setTimeout(() => {
        this.#waiting.delete(look);
        reject(new Error(`${event} was not heard; heard: ${this.heard.map((h) => h.event).join(", ")}`));
      }, ACK_WITHIN_MS);
      const look = (): void => {
        const found = find();
        if (!found) return;
        clearTimeout(giveUp);
        this.#waiting.delete(look);
        resolve(found.payload as VisitorNotice<E>);
      };
      this.#waiting.add(look);
      look();
    });
  }

  of<E extends VisitorNoticeName>(event: E): VisitorNotice<E>[] {
    return this.heard.filter((h) => h.event === event).map((h) => h.payload as VisitorNotice<E>);
  }

  /** Resolves with the reason when the server has ended the connection. */
  disconnected(): Promise<string> {
    return new Promise((resolve) => {
      if (this.socket.disconnected && !this.socket.active) return resolve("already");
      this.socket.once("disconnect", resolve);
    });
  }

  close(): void {
    this.socket.disconnect();
  }

  #check(fault: string | undefined): void {
    if (fault !== undefined) this.faults.push(fault);
  }
}
