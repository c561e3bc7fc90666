/** session:open at the door: a connection becomes a caller, once; then its Snapshot. */
import type { VisitorPayload } from "@baton/shared/commands";
import type { Announcement } from "../announcement.ts";
import type { Answer, Caller, House } from "../commands/visitor/handler.ts";
import { openSession } from "../commands/visitor/openSession.ts";
import { type Tell, telling } from "../commands/visitor/telling.ts";
import { ConnectRefused } from "../identity/claims.ts";
import type { Admitted } from "../identity/identity.ts";
import type { Merged } from "../identity/merge.ts";
import type { Presence } from "../presence/presence.ts";
import { Refused } from "../refused.ts";
import type { Announced } from "../session/announced.ts";
import { toSession } from "../session/sessionRow.ts";
import type { Ending } from "./announce.ts";
import { tooFast } from "./budgets.ts";
import type { Connection } from "./connection.ts";
import { type Connections, presentOf } from "./connections.ts";
import { NoTurn, type Turnstile } from "./turnstile.ts";

/** Somebody with as many connections as they may have comes again when one of them may have gone. */
const FULL_RETRY_MS = 60_000;
/** Those whose turn did not come in time are spread over so long. */
const RETURN_WITHIN_MS = 5_000;

export type OpenDoorParts = {
  house: House;
  connections: Connections;
  presence: Presence;
  announced: Pick<Announced, "show">;
  isDraining: () => boolean;
  turnstile: Turnstile;
  /** Whether its transport has ended: nobody hears the answer. */
  hasGone(connection: Connection): boolean;
  /** Joins the rooms of the user and of the device. Before the Snapshot is read, so that nothing falls between it and the first event. */
  enter(connection: Connection, userId: string): void;
  /** Ends a connection that may not be. */
  expel(connection: Connection, ending: Ending): void;
};

export function createOpenDoor(parts: OpenDoorParts) {
  return async (connection: Connection, payload: VisitorPayload<"session:open">): Promise<Answer<"session:open">> => {
    if (parts.isDraining()) throw new Refused("draining", "This node is going away.", { retryAfterMs: 1_000 });
    const open = () => openNow(parts, connection, payload);
    // Its token is yet to be judged by keys that the site's own server may be slow to tell: nobody waits behind that.
    return connection.claim.kind === "unverified" ? open() : parts.turnstile("opening", open).catch(comeAgain);
  };
}

/** At a moment of each one's own: those who waited together must not come together again. */
function comeAgain(error: unknown): never {
  if (!(error instanceof NoTurn)) throw error;
  const retryAfterMs = Math.ceil(RETURN_WITHIN_MS * (0.2 + 0.8 * Math.random()));
  throw new Refused("storage_unavailable", "Too many are arriving at this moment.", { retryAfterMs });
}

async function openNow(
  parts: OpenDoorParts,
  connection: Connection,
  payload: VisitorPayload<"session:open">,
): Promise<Answer<"session:open">> {
  if (parts.hasGone(connection)) throw new Refused("no_session", "This connection has ended.");
  return telling(parts.house, async (tell) => {
    // One at a time: a client that asks twice at once must not become two users.
    const admitted = connection.opening.then(() => admitOnce(parts, connection, tell));
    connection.opening = admitted.then(
      () => {},
      () => {},
    );
    const caller = await admitted;
    const { visible, visitorToken } = connection;
    const resume = wasVisitors(connection) ? undefined : payload.resume;
    const data = await openSession(caller, { ...payload, resume, visible, tell }, parts.house);
    const { session, rev, lock } = data;
    // Gone meanwhile: nobody would ever forget it again.
    if (!parts.hasGone(connection)) {
      const head = { sessionId: session?.id, rev, epoch: lock.epoch, isWarned: isWarned(data) };
      parts.announced.show(caller.userId, head);
    }
    return { ...data, ...(visitorToken !== undefined && { visitorToken }) };
  });
}

/** A warning lies behind the visitor, and the pause still ahead. */
function isWarned({ session, deadlines, serverTime }: Answer<"session:open">["data"]): boolean {
  return session?.state === "open" && deadlines.warnAt !== null && deadlines.warnAt <= serverTime;
}

/**
 * What a visitor's page holds has another author once they have signed in: it is shown anew. Also where another
 * connection has merged them, or this one did and its answer was lost.
 */
function wasVisitors({ claim }: Connection): boolean {
  return claim.kind === "identified" && claim.visitor !== undefined;
}

/** To whoever else is of this user, on other nodes too: those here are ended, and see it when they are back. */
function tellMerged(caller: Caller, { moved, joined }: Merged, house: House): Announcement[] {
  const news = moved.flatMap((one) => house.sessions.tell(caller, one));
  if (!joined) return news;
  const session = toSession(joined);
  return [...news, { userId: caller.userId, event: "session:updated", payload: { session, rev: session.rev } }];
}

async function admitOnce(parts: OpenDoorParts, connection: Connection, tell: Tell): Promise<Caller> {
  if (connection.caller) return connection.caller;
  const waitMs = connection.mayOpenAt - performance.now();
  if (waitMs > 0) throw tooFast("new connections from this address", Math.ceil(waitMs));
  const admitted = await admit(parts, connection);
  const caller = toCaller(connection, admitted);
  const { presence, connections } = parts;
  const overAll = await presence.join(caller.userId, presentOf(connection), connections.mostOfUser);
  const room = connections.joinUser(connection, caller.userId, overAll);
  connection.visitorToken = admitted.visitorToken;
  connection.caller = caller;
  if (connection.merged) {
    tell(tellMerged(caller, connection.merged, parts.house));
    connection.merged = undefined;
    // Not before it has joined: were the others the user's last ones here, what is known of the user would go with them.
    void parts.house.identity.changed();
  }
  if (room.full || parts.hasGone(connection)) presence.forget(caller.userId, connection.id);
  if (room.full) {
    parts.expel(connection, {
      code: "too_many_connections",
      message: "This user has as many connections as one may have.",
    });
    throw tooFast("connections of this user", FULL_RETRY_MS);
  }
  if (parts.hasGone(connection)) throw new Refused("no_session", "This connection has ended.");
  parts.enter(connection, caller.userId);
  return caller;
}

/** Before anybody is merged where that comes first: who is refused for it is who they were. @throws Refused rate_limited */
function spendOnce({ connections }: OpenDoorParts): (userId: string) => void {
  let isSpent = false;
  return (userId) => {
    if (isSpent) return;
    const waitMs = connections.spendOpening(userId);
    if (waitMs > 0) throw tooFast("new connections of this user", waitMs);
    isSpent = true;
  };
}

async function admit(parts: OpenDoorParts, connection: Connection): Promise<Admitted> {
  const spend = spendOnce(parts);
  const done = (merged: Merged): void => {
    connection.merged = merged;
  };
  try {
    const admitted = await parts.house.identity.admit(connection.claim, connection, { before: spend, done });
    const { claim } = admitted;
    connection.claim = claim;
    connection.admitted = admitted.at;
    connection.tokenExpiresAt = claim.kind === "identified" ? claim.claims.exp * 1_000 : undefined;
    spend(admitted.user.id);
    return admitted;
  } catch (error) {
    if (!(error instanceof ConnectRefused)) throw error;
    // Known only now, because the database was away at the handshake.
    const code = error.code === "user_erased" ? "erased" : "revoked";
    parts.expel(connection, { code, message: error.message });
    throw new Refused("token_invalid", error.message);
  }
}

function toCaller(connection: Connection, { user, keys }: Admitted): Caller {
  return {
    userId: user.id,
    keys,
    connectionId: connection.id,
    site: connection.site,
    device: connection.device,
    user: {
      kind: user.kind,
      ...(user.external_id !== null && { externalId: user.external_id }),
      ...(user.name !== null && { name: user.name }),
    },
    // Granted when it arrives at the baton, which comes next.
    epoch: 0,
  };
}
