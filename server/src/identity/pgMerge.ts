/**
 * Merging in Postgres: one transaction, which holds both users' rows and then every session that could move. Whoever
 * comes later, on whatever node, finds `merged_into` and does nothing. What to choose is said in merge.ts.
 */
import type { Tx } from "../postgres/connect.ts";
import { advance, lockCurrent } from "../session/pgAdvance.ts";
import { type SessionRow, toState } from "../session/sessionRow.ts";
import { applyDue, type SessionEvent } from "../session/sessionState.ts";
import type { Held, Moved } from "../session/sessionStore.ts";
import { type Merge, type Merged, mayMerge, mergedEpoch, type Side, whichStays, whoHolds } from "./merge.ts";
import { moveBelongings } from "./pgBelongings.ts";

/** By id, as everything that locks two; the second statement looks after the wait. */
async function lockBoth(tx: Tx, { userId, visitor, device }: Merge): Promise<readonly [Side?, Side?]> {
  const ids = [userId, visitor.userId];
  await tx`SELECT 1 FROM users WHERE id = ANY(${ids}) ORDER BY id FOR NO KEY UPDATE`;
  const rows = await tx<Side>`
    SELECT u.id, u.kind, u.epoch, u.active_device_id, u.not_before, u.merged_into, u.erased_at,
      d.not_before AS device_not_before
    FROM users u LEFT JOIN devices d ON d.user_id = u.id AND d.id = ${device.id} WHERE u.id = ANY(${ids})`;
  return [rows.find(({ id }) => id === userId), rows.find(({ id }) => id === visitor.userId)];
}

/** Also those that have ended: somebody may be rating one, or changing a message there, and these move too. */
async function lockSessions(tx: Tx, { userId, visitor }: Merge): Promise<void> {
  await tx`
    SELECT 1 FROM sessions WHERE user_id = ${visitor.userId} OR (user_id = ${userId} AND state <> 'ended')
    ORDER BY id FOR UPDATE`;
}

/** What has ended by now, though nobody has come by to write it, is not there to be merged. */
function running(held: Held | undefined, { policy }: Merge) {
  if (!held || applyDue(toState(held.row), held.now, policy).state.phase === "ended") return undefined;
  return { id: held.row.id, lastActivityAt: Date.parse(held.row.last_activity_at) };
}

type Chosen = { moved: Moved[]; stays: Moved | undefined };

/** @param isTaken the device that signs in has the baton now: somebody is there */
async function choose(tx: Tx, merge: Merge, isTaken: boolean): Promise<Chosen> {
  await lockSessions(tx, merge);
  const users = await lockCurrent(tx, merge.userId);
  const visitors = await lockCurrent(tx, merge.visitor.userId);
  const { stays, ends } = whichStays(running(users, merge), running(visitors, merge));
  const chosen: Chosen = { moved: [], stays: undefined };
  for (const held of [users, visitors]) {
    if (!held) continue;
    // One step with what is due: two would take two revs and tell of one.
    const event = eventOf(held.row.id, { stays: isTaken ? stays : undefined, ends });
    const moved = await advance(tx, held, merge.policy, event);
    chosen.moved.push(moved);
    if (moved.row.id === stays) chosen.stays = moved;
  }
  return chosen;
}

function eventOf(id: string, of: { stays: string | undefined; ends: string | undefined }): SessionEvent | undefined {
  if (id === of.ends) return { kind: "closed", reason: "superseded" };
  return id === of.stays ? { kind: "touched" } : undefined;
}

/** The visitor's own takes a rev: its messages have another author now, which no cache may hide. */
async function raiseSession(tx: Tx, { row }: Moved, of: { epoch: number; isJoining: boolean }): Promise<SessionRow> {
  const [raised] = await tx<{ session: SessionRow }>`
    WITH s AS (
      UPDATE sessions SET epoch = ${of.epoch}, rev = rev + ${of.isJoining ? 1 : 0} WHERE id = ${row.id} RETURNING *)
    SELECT to_jsonb(s) AS session FROM s`;
  if (!raised) throw new Error(`session ${row.id} vanished under its lock`);
  return raised.session;
}

async function raiseUsers(tx: Tx, { userId, visitor }: Merge, of: { epoch: number; holder: string }): Promise<void> {
  await tx`
    UPDATE users SET epoch = ${of.epoch}, active_device_id = ${of.holder},
      active_since = CASE WHEN active_device_id = ${of.holder} THEN active_since ELSE baton_now() END
    WHERE id = ${userId}`;
  await tx`
    UPDATE users SET epoch = ${of.epoch}, active_device_id = NULL, merged_into = ${userId}, merged_at = baton_now()
    WHERE id = ${visitor.userId}`;
}

export async function mergeUsers(tx: Tx, merge: Merge): Promise<Merged | undefined> {
  const { userId, visitor } = merge;
  const [user, anonymous] = await lockBoth(tx, merge);
  if (!user || !anonymous || !mayMerge(merge, user, anonymous)) return undefined;
  const epoch = mergedEpoch(user, anonymous);
  const holder = whoHolds(user, merge);
  const { moved, stays } = await choose(tx, merge, holder !== user.active_device_id);
  await moveBelongings(tx, { from: visitor.userId, to: userId, device: merge.device });
  const isJoining = stays?.row.user_id === visitor.userId;
  const row = stays && (await raiseSession(tx, stays, { epoch, isJoining }));
  await raiseUsers(tx, merge, { epoch, holder });
  return {
    visitorId: visitor.userId,
    userId,
    epoch,
    moved: moved.map((one) => asTheirs(one, userId, row)).filter(({ effects }) => effects.length > 0),
    joined: isJoining ? row : undefined,
  };
}

/** As it stands at the commit: another owner, and the one that goes on with its new epoch. */
function asTheirs(moved: Moved, userId: string, stays: SessionRow | undefined): Moved {
  return { ...moved, row: moved.row.id === stays?.id ? stays : { ...moved.row, user_id: userId } };
}
