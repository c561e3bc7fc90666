/** What happens around a command: opening, what an answer changes about its connection, and ending connections. */
import type { House } from "../commands/visitor/handler.ts";
import type { LockKeeper } from "../device-lock/lockKeeper.ts";
import type { Renewed } from "../identity/identity.ts";
import { LOGGED_OUT } from "../identity/revocations.ts";
import { type Log, loggedError } from "../log.ts";
import type { Presence } from "../presence/presence.ts";
import type { Announced } from "../session/announced.ts";
import type { Announce, Ending, VisitorSocket } from "./announce.ts";
import { deviceRoom, userRoom } from "./announce.ts";
import type { Connection } from "./connection.ts";
import { type Connections, presentOf } from "./connections.ts";
import { inOneWrite } from "./oneWrite.ts";
import { createOpenDoor } from "./openDoor.ts";
import type { Hall } from "./receive.ts";
import type { Turnstile } from "./turnstile.ts";

export type HallParts = {
  house: House;
  announce: Announce;
  connections: Connections;
  socketOf(connection: Connection): VisitorSocket | undefined;
  keeper: LockKeeper;
  presence: Presence;
  announced: Announced;
  now(): number;
  isDraining(): boolean;
  turnstile: Turnstile;
  log: Log;
};

export function createHall(parts: HallParts): Hall {
  const { house, announce, connections, keeper, presence, announced, socketOf, isDraining, now, log } = parts;
  const logged = (what: string) => (error: unknown) => log.warn({ error: loggedError(error) }, what);

  function end(connection: Connection, ending: Ending): void {
    const socket = socketOf(connection);
    if (socket) announce.end(socket, ending);
  }

  /** All tabs of the device; for an anonymous visitor, who is nothing but a token, every connection. */
  function logOut({ caller }: Connection): void {
    if (!caller) return;
    for (const other of connections.ofUser(caller.userId)) {
      const affected = caller.user.kind === "visitor" || other.device.id === caller.device.id;
      if (affected) end(other, LOGGED_OUT);
    }
  }

  function renew(connection: Connection, { claim, judgedAtMs }: Renewed): void {
    connection.claim = claim;
    connection.tokenExpiresAt = claim.claims.exp * 1_000;
    connection.toldExpiring = false;
    if (connection.admitted) connection.admitted = { ...connection.admitted, ms: judgedAtMs };
  }

  function show(connection: Connection, visible: boolean): void {
    connection.visible = visible;
    if (connection.caller) presence.note(connection.caller.userId, presentOf(connection));
    follow(connection);
  }

  function follow({ caller }: Connection): void {
    if (caller) keeper.follow(caller.userId).catch(logged("a lease could not follow its page"));
  }

  return {
    hasLeft: ({ id }) => connections.byId(id) === undefined,
    open: createOpenDoor({
      house,
      connections,
      presence,
      announced,
      isDraining,
      turnstile: parts.turnstile,
      hasGone: (connection) => socketOf(connection) === undefined,
      enter: (connection, userId) =>
        void socketOf(connection)?.join([userRoom(userId), deviceRoom(userId, connection.device.id)]),
      // After the ack of the refusal has been written.
      expel: (connection, ending) => setImmediate(() => end(connection, ending)),
    }),
    isDraining,
    say: announce.say,
    used(connection) {
      connection.usedAt = now();
      // A visible page's lease is renewed by the round; a hidden one's ends by this alone.
      if (!connection.visible) follow(connection);
    },
    restart: (connection) =>
      end(connection, { code: "restart", message: "This connection is out of date: open the session anew." }),
    together(connection, say) {
      const socket = socketOf(connection);
      if (socket) inOneWrite(socket.conn, say);
      else say();
    },
    follow(connection, { announce: said, connection: change }) {
      if (said) announce.say(said);
      if (!change) return;
      if (change.visible !== undefined) show(connection, change.visible);
      if (change.renewed) renew(connection, change.renewed);
      if (change.logOut) logOut(connection);
    },
  };
}
