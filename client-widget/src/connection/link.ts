/**
 * One Socket.IO connection, from `connect` to its end. Never reconnects by itself: connectionState.ts decides that.
 * Acknowledgements always have a time limit, because one that never comes would be kept for the life of the socket.
 */
import type { VisitorCommandName, VisitorData, VisitorPayloadIn } from "@baton/shared/commands";
import type { Ack } from "@baton/shared/refusals";
import type { VisitorAuth } from "@baton/shared/visitor/connecting";
import { Manager } from "socket.io-client";
import type { HeardNotice } from "../chat/chatState.ts";

const ANSWER_MS = 10_000;
const CONNECT_MS = 10_000;

export type LinkEnd = { kind: "lost" } | { kind: "refused"; code: string };

export type Ask = <E extends VisitorCommandName>(
  event: E,
  payload: VisitorPayloadIn<E>,
  timeoutMs?: number,
) => Promise<Ack<VisitorData<E>>>;

export type Link = { ask: Ask; close: () => void };

/** Thrown by `ask` where no answer came: nobody knows whether the command took effect. */
export class NoAnswer extends Error {}

type Listeners = { up: () => void; heard: (notice: HeardNotice) => void; ended: (end: LinkEnd) => void };

export function openLink(gateway: string, auth: VisitorAuth, { up, heard, ended }: Listeners): Link {
  const manager = new Manager(gateway, {
    transports: ["websocket"],
    reconnection: false,
    timeout: CONNECT_MS,
    autoConnect: false,
  });
  const socket = manager.socket("/visitor", { auth });
  let over = false;
  const end = (how: LinkEnd) => {
    if (over) return;
    close();
    ended(how);
  };
  const close = () => {
    over = true;
    clearTimeout(slow);
    socket.off();
    socket.offAny();
    socket.disconnect();
  };
  // The manager's own limit covers the transport; this one also covers a CONNECT that nobody answers.
  const slow = setTimeout(() => end({ kind: "lost" }), CONNECT_MS);
  socket.on("connect", () => {
    clearTimeout(slow);
    up();
  });
  socket.on("connect_error", (error: Error & { data?: { code?: unknown } }) => {
    const code = error.data?.code;
    end(typeof code === "string" ? { kind: "refused", code } : { kind: "lost" });
  });
  socket.on("disconnect", () => end({ kind: "lost" }));
  socket.onAny((name, payload) => {
    if (!over) heard({ kind: "notice", name, payload, at: Date.now() } as HeardNotice);
  });
  socket.connect();

  const ask: Ask = async (event, payload, timeoutMs = ANSWER_MS) => {
    if (over) throw new NoAnswer(event);
    try {
      return await socket.timeout(timeoutMs).emitWithAck(event, payload);
    } catch (cause) {
      throw new NoAnswer(event, { cause });
    }
  };
  return { ask, close };
}
