/** session:open at the door: a connection becomes a caller, once; then its Snapshot. */
import type { VisitorPayload } from "@baton/shared/commands";
import type { Announcement } from "../announcement.ts";
import type { Answer, Caller, House } from "../commands/visitor/handler.ts";
import { openSession } from "../commands/visitor/openSession.ts";
import { ConnectRefused } from "../identity/claims.ts";
import type { Admitted } from "../identity/identity.ts";
import type { Merged } from "../identity/merge.ts";
import { Refused } from "../refused.ts";
import { toSession } from "../session/sessionRow.ts";
import type { Ending } from "./announce.ts";
import { tooFast } from "./budgets.ts";
import type { Connection } from "./connection.ts";
import type { Connections } from "./connections.ts";

/** Somebody with as many connections as they may have comes again when one of them may have gone. */
const FULL_RETRY_MS = 60_000;

export type OpenDoorParts = {
  house: House;
  connections: Connections;
  isDraining: () => boolean;
  /** Joins the rooms of the user and of the device. Before the Snapshot is read, so that nothing falls between it and the first event. */
  enter(connection: Connection, userId: string): void;
  /** Ends a connection that may not be. */
  expel(connection: Connection, ending: Ending): void;
};

export function createOpenDoor(parts: OpenDoorParts) {
  return async (connection: Connection, payload: VisitorPayload<"session:open">): Promise<Answer<"session:open">> => {
    if (parts.isDraining()) throw new Refused("draining", "This node is going away.", { retryAfterMs: 1_000 });
    // One at a time: a client that asks twice at once must not become two users.
    const admitted = connection.opening.then(() => admitOnce(parts, connection));
    connection.opening = admitted.then(
      () => {},
      () => {},
    );
    const { caller, merged } = await admitted;
    const { visible, visitorToken } = connection;
    // What a visitor's page holds has another author by now: it is shown anew.
    const asked = { ...payload, visible, ...(merged && { resume: undefined }) };
    const { data, announce } = await openSession(caller, asked, parts.house);
    const told = merged ? tellMerged(caller, merged, parts.house) : [];
    return { data: { ...data, ...(visitorToken !== undefined && { visitorToken }) }, announce: [...told, ...announce] };
  };
}

/** To whoever else is of this user, on other nodes too: those here are ended, and see it when they are back. */
function tellMerged(caller: Caller, { moved, joined }: Merged, house: House): Announcement[] {
  for (const message of moved.flatMap(({ interrupted }) => interrupted)) house.turns.abandon(message.id);
  const news = moved.flatMap((one) => house.sessions.tell(caller, one));
  if (!joined) return news;
  const session = toSession(joined);
  return [...news, { userId: caller.userId, event: "session:updated", payload: { session, rev: session.rev } }];
}

type Entered = { caller: Caller; merged?: Merged };

async function admitOnce(parts: OpenDoorParts, connection: Connection): Promise<Entered> {
  if (connection.caller) return { caller: connection.caller };
  const waitMs = connection.mayOpenAt - performance.now();
  if (waitMs > 0) throw tooFast("new connections from this address", Math.ceil(waitMs));
  const admitted = await admit(parts, connection);
  const userId = admitted.user.id;
  const room = parts.connections.joinUser(connection, userId);
  // Not before it has joined: were the others the user's last ones here, what is known of the user would go with them.
  if (admitted.merged) void parts.house.identity.changed();
  if (room.waitMs > 0) throw tooFast("new connections of this user", room.waitMs);
  connection.visitorToken = admitted.visitorToken;
  connection.caller = toCaller(connection, admitted);
  if (room.full) {
    parts.expel(connection, {
      code: "too_many_connections",
      message: "This user has as many connections as one may have.",
    });
    throw tooFast("connections of this user", FULL_RETRY_MS);
  }
  parts.enter(connection, userId);
  return { caller: connection.caller, ...(admitted.merged && { merged: admitted.merged }) };
}

async function admit(parts: OpenDoorParts, connection: Connection): Promise<Admitted> {
  try {
    const admitted = await parts.house.identity.admit(connection.claim, connection);
    const { claim } = admitted;
    connection.claim = claim;
    connection.admitted = admitted.at;
    connection.tokenExpiresAt = claim.kind === "identified" ? claim.claims.exp * 1_000 : undefined;
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
