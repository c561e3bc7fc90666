/**
 * One live connection to a gateway, spoken to as protocol.md says: commands that are answered, events that are heard, a line
 * that can be cut like a cable. Whatever is not protocol 1 is told, never guessed at. Used by visitor.ts.
 */
import {
  type VisitorCommandName,
  type VisitorData,
  type VisitorPayloadIn,
  visitorCommands,
} from "@baton/shared/commands";
import { type VisitorNotice, type VisitorNoticeName, visitorNotices } from "@baton/shared/notices";
import type { RefusalCode } from "@baton/shared/refusals";
import { io, type Socket } from "socket.io-client";
import * as z from "zod";
import { LineLost, NotProtocol, Refused, RefusedAtTheDoor } from "./lineErrors.ts";

export type Target = { readonly url: string; readonly site: string; readonly origin: string };

export type Heard = {
  [E in VisitorNoticeName]: { readonly event: E; readonly data: VisitorNotice<E> };
}[VisitorNoticeName];

/** Longer than the longest pause of a fault: an answer that comes late is still an answer. */
const ANSWER_WITHIN_MS = 15_000;
const CONNECT_WITHIN_MS = 15_000;

const Answer = z.union([
  z.object({ ok: z.literal(true), data: z.unknown() }),
  z.object({
    ok: z.literal(false),
    error: z.object({
      code: z.string(),
      message: z.string(),
      retryable: z.boolean(),
      retryAfterMs: z.number().optional(),
      details: z.record(z.string(), z.unknown()).optional(),
    }),
  }),
]);

const DoorRefusal = z.object({ code: z.string(), message: z.string() });

export class Line {
  readonly #wire: Socket;
  #isOver = false;

  private constructor(wire: Socket) {
    this.#wire = wire;
    wire.on("disconnect", () => {
      this.#isOver = true;
    });
  }

  /** @param hear told of every event, in order. @throws RefusedAtTheDoor, LineLost */
  static async open(target: Target, auth: Record<string, unknown>, hear: (heard: Heard) => void): Promise<Line> {
    const wire = io(`${target.url}/visitor`, {
      auth: { protocol: 1, site: target.site, ...auth },
      transports: ["websocket"],
      forceNew: true,
      reconnection: false,
      timeout: CONNECT_WITHIN_MS,
      extraHeaders: { origin: target.origin },
    });
    const line = new Line(wire);
    wire.onAny((event: string, data: unknown) => {
      const heard = asHeard(event, data);
      if (heard) hear(heard);
    });
    try {
      await begun(wire);
    } catch (error) {
      wire.disconnect();
      throw error;
    }
    return line;
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** @throws Refused, LineLost, NotProtocol */
  async ask<E extends VisitorCommandName>(event: E, payload: VisitorPayloadIn<E>): Promise<VisitorData<E>> {
    // Socket.IO would keep it for a connection that never comes.
    if (this.#isOver || !this.#wire.connected) throw new LineLost(`${event} was not sent: the line is gone`);
    const said = await this.#answerTo(event, payload);
    const answer = Answer.safeParse(said);
    if (!answer.success) throw new NotProtocol(event, z.prettifyError(answer.error));
    if (!answer.data.ok)
      throw new Refused(event, { ...answer.data.error, code: answer.data.error.code as RefusalCode });
    const data = visitorCommands[event].data.safeParse(answer.data.data);
    if (!data.success) throw new NotProtocol(event, z.prettifyError(data.error));
    return data.data as VisitorData<E>;
  }

  async #answerTo(event: string, payload: unknown): Promise<unknown> {
    try {
      return await this.#wire.timeout(ANSWER_WITHIN_MS).emitWithAck(event, payload);
    } catch {
      throw new LineLost(this.#isOver ? `the line went before ${event} was answered` : `${event} was never answered`);
    }
  }

  /** As when a cable is pulled: no goodbye on any level. What was just written has left, or has not. */
  cut(): void {
    const { ws } = this.#wire.io.engine.transport as unknown as { ws?: { terminate?(): void } };
    if (!ws?.terminate) throw new Error("This line cannot be cut: it is no WebSocket of Node.");
    ws.terminate();
  }

  /** As a page that is left: it says so. */
  leave(): void {
    this.#isOver = true;
    this.#wire.disconnect();
  }
}

/** Undefined for an event that a newer gateway may tell, and for one that does not fit: then the next sync brings it. */
function asHeard(event: string, data: unknown): Heard | undefined {
  if (!Object.hasOwn(visitorNotices, event)) return undefined;
  const parsed = visitorNotices[event as VisitorNoticeName].payload.safeParse(data);
  return parsed.success ? ({ event, data: parsed.data } as Heard) : undefined;
}

function begun(wire: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    wire.once("connect", () => resolve());
    wire.once("connect_error", (error: Error & { data?: unknown }) => {
      const refusal = DoorRefusal.safeParse(error.data);
      reject(
        refusal.success
          ? new RefusedAtTheDoor(refusal.data.code, refusal.data.message)
          : new LineLost(`no connection came about: ${error.message}`, { cause: error }),
      );
    });
  });
}
