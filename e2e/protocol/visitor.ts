/** Somebody at the other end of a wire: a Socket.IO client that says what the page says and remembers what it is told. */
import { io, type Socket } from "socket.io-client";
import { onTestFinished } from "vitest";
import type { Target } from "./target.ts";
import { newId } from "./tokens.ts";
import type { Ack, Answers, Changed, Refusal, Snapshot, Told } from "./words.ts";

const ANSWER_WITHIN_MS = 8_000;

export type Auth = Record<string, unknown>;
export type Way = { origin?: string | null; transports?: ("websocket" | "polling")[] };

/** How a connection began: accepted, or refused with what `connect_error` carries. */
export type Beginning = { refused?: unknown };

export class Visitor {
  readonly socket: Socket;
  readonly begun: Promise<Beginning>;
  readonly #told: { event: string; data: unknown }[] = [];
  readonly #listeners = new Set<() => void>();

  constructor(target: Target, auth: Auth = {}, way: Way = {}) {
    const origin = way.origin === undefined ? target.url : way.origin;
    this.socket = io(`${target.url}/visitor`, {
      auth: { protocol: 1, site: target.site, device: { id: newId(), label: "A laptop" }, ...auth },
      transports: way.transports ?? ["websocket"],
      forceNew: true,
      reconnection: false,
      ...(origin === null ? {} : { extraHeaders: { origin } }),
    });
    this.begun = new Promise((resolve) => {
      this.socket.once("connect", () => resolve({}));
      this.socket.once("connect_error", (error: Error & { data?: unknown }) => resolve({ refused: error.data }));
    });
    this.socket.onAny((event: string, data: unknown) => {
      this.#told.push({ event, data });
      for (const listener of this.#listeners) listener();
    });
  }

  /** A command of the page, as it is answered. */
  async ask<E extends keyof Answers>(event: E, payload?: unknown): Promise<Ack<Answers[E]>> {
    return (await this.socket.timeout(ANSWER_WITHIN_MS).emitWithAck(event, payload)) as Ack<Answers[E]>;
  }

  /** Any event at all, also one the page does not know. */
  async askAnything(event: string, ...args: unknown[]): Promise<Ack<unknown>> {
    return (await this.socket.timeout(ANSWER_WITHIN_MS).emitWithAck(event, ...args)) as Ack<unknown>;
  }

  /** A command that succeeds. */
  async get<E extends keyof Answers>(event: E, payload: unknown = {}): Promise<Answers[E]> {
    const answer = await this.ask(event, payload);
    if (!answer.ok) throw new Error(`${event} was refused: ${JSON.stringify(answer.error)}`);
    return answer.data;
  }

  /** A command that is refused. */
  async refusal(event: string, payload: unknown = {}): Promise<Refusal> {
    const answer = await this.askAnything(event, payload);
    if (answer.ok) throw new Error(`${event} was not refused: ${JSON.stringify(answer.data)}`);
    return answer.error;
  }

  /** Says something to whatever session is open. */
  async say(text: string, more: Record<string, unknown> = {}): Promise<Changed> {
    return await this.get("message:send", { clientId: newId(), text, ...more });
  }

  /** All that was told so far under a name. */
  heard<E extends keyof Told>(event: E): Told[E][] {
    return this.#told.filter((one) => one.event === event).map((one) => one.data as Told[E]);
  }

  /** The first that was or will be told under a name and fits. */
  async hears<E extends keyof Told>(event: E, fits: (data: Told[E]) => boolean = () => true): Promise<Told[E]> {
    return await new Promise((resolve, reject) => {
      const look = () => {
        const found = this.heard(event).find(fits);
        if (found === undefined) return;
        end();
        resolve(found);
      };
      const tooLate = setTimeout(() => {
        end();
        reject(new Error(`${event} was never told; told were ${this.#told.map((one) => one.event).join(", ")}`));
      }, ANSWER_WITHIN_MS);
      const end = () => {
        clearTimeout(tooLate);
        this.#listeners.delete(look);
      };
      this.#listeners.add(look);
      look();
    });
  }

  /** Resolves with Socket.IO's word for the end of this connection. */
  async ends(): Promise<string> {
    return await new Promise((resolve) => this.socket.once("disconnect", (reason) => resolve(reason)));
  }
}

export function connect(target: Target, auth?: Auth, way?: Way): Visitor {
  const visitor = new Visitor(target, auth, way);
  onTestFinished(() => void visitor.socket.disconnect());
  return visitor;
}

/** A visitor who has connected and opened. */
export async function arrive(target: Target, auth?: Auth, way?: Way): Promise<{ visitor: Visitor; opened: Snapshot }> {
  const visitor = connect(target, auth, way);
  const { refused } = await visitor.begun;
  if (refused) throw new Error(`the connection was refused: ${JSON.stringify(refused)}`);
  return { visitor, opened: await visitor.get("session:open") };
}

/** One person with two devices, both connected. */
export async function arriveTwice(target: Target): Promise<{ laptop: Visitor; phone: Visitor; opened: Snapshot }> {
  const { visitor: laptop, opened } = await arrive(target);
  const { visitor: phone } = await arrive(target, { visitorToken: opened.visitorToken });
  return { laptop, phone, opened };
}
