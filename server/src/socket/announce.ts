/**
 * The one door out: nothing else emits. Knows the rooms; a room is a user's, prefixed so that it is never taken for a
 * socket's id.
 */
import type { VisitorToServer } from "@baton/shared/commands";
import type { VisitorFromServer, VisitorNotice, VisitorNoticeName } from "@baton/shared/notices";
import { CLOSINGS, type ClosingCode } from "@baton/shared/refusals";
import type { Namespace, Socket } from "socket.io";
import type { Announcement } from "../announcement.ts";
import { createTypingThrottle } from "./typingThrottle.ts";

export type VisitorNamespace = Namespace<VisitorToServer, VisitorFromServer>;
export type VisitorSocket = Socket<VisitorToServer, VisitorFromServer>;

export type Ending = { code: ClosingCode; message: string; reconnectAfterMs?: number };

export type Announce = ReturnType<typeof createAnnounce>;

export function userRoom(userId: string): string {
  return `user:${userId}`;
}

/** A browser profile chooses its device's id: the user's before it keeps one person's rooms from another's. */
export function deviceRoom(userId: string, deviceId: string): string {
  return `device:${userId}:${deviceId}`;
}

/** Whose room it is, by its name. */
export function userOfRoom(room: string): string | undefined {
  const [kind, userId] = room.split(":", 2);
  return kind === "user" || kind === "device" ? userId : undefined;
}

/** @param noted hears of everything that is announced from here */
export function createAnnounce(visitors: VisitorNamespace, noted: (told: Announcement) => void = () => {}) {
  const throttle = createTypingThrottle();

  function emit({ userId, event, payload, exceptConnection, device, isLocal }: Announcement): void {
    const isForOne = device !== undefined && "only" in device;
    const room = (isLocal ? visitors.local : visitors).to(
      isForOne ? deviceRoom(userId, device.only) : userRoom(userId),
    );
    const not = device !== undefined && "except" in device ? [deviceRoom(userId, device.except)] : [];
    if (exceptConnection !== undefined) not.push(exceptConnection);
    (not.length === 0 ? room : room.except(not)).emit(event, payload as never);
  }

  function sayTyping(told: Extract<Announcement, { event: "typing" }>): void {
    const { sessionId, author, typing } = told.payload;
    throttle.hear(`${sessionId} ${author.kind}`, typing, (now) =>
      emit({ ...told, payload: { ...told.payload, typing: now } }),
    );
  }

  return {
    /** To all connections of a user, in the order of the list. */
    say(announcements: readonly Announcement[]): void {
      for (const told of announcements) {
        noted(told);
        if (told.event === "typing") sayTyping(told);
        else emit(told);
      }
    },

    /** To whoever is connected to this node. */
    sayToAll<E extends VisitorNoticeName>(event: E, payload: VisitorNotice<E>): void {
      visitors.local.emit(event, ...([payload] as never));
    },

    tell<E extends VisitorNoticeName>(socket: VisitorSocket, event: E, payload: VisitorNotice<E>): void {
      socket.emit(event, ...([payload] as never));
    },

    /**
     * Says why, then ends the connection: in the way that lets Socket.IO come back by itself where the client may
     * (closing the transport), and for good where it may not.
     */
    end,

    close: () => throttle.close(),

    /** A reader that does not read: what waits for it is thrown away. It can be synced, others need the memory. */
    cutOff(socket: VisitorSocket): void {
      end(socket, { code: "slow_consumer", message: "This connection does not read what it is sent." });
      socket.conn.close(true);
    },
  };
}

function end(socket: VisitorSocket, { code, message, reconnectAfterMs }: Ending): void {
  const { mayReturn } = CLOSINGS[code];
  const after = reconnectAfterMs === undefined ? {} : { reconnectAfterMs };
  socket.emit("closing", { code, message, mayReturn, ...after });
  if (mayReturn) socket.conn.close();
  else socket.disconnect(true);
}
