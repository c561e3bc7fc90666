/**
 * Who holds the baton, in Postgres: the authority. The lock makes it quick, the epoch on these rows makes it true.
 * Rules: docs/one-device.md.
 */

import type { SitePolicy } from "../config/config.ts";
import type { Queryable, Sql, Tx } from "../postgres/connect.ts";
import { gathering } from "../postgres/gathering.ts";
import { json, part } from "../postgres/sql.ts";
import { StaleEpoch } from "../refused.ts";
import { advance, lockCurrent } from "../session/pgAdvance.ts";
import type { Moved } from "../session/sessionStore.ts";
import type { Holder, HolderStore, LostDevice, Standing, Takeover } from "./holderStore.ts";

type UserHolds = {
  epoch: number;
  merged_into: string | null;
  erased_at: Date | null;
  active_device_id: string | null;
  active_since: Date | null;
};

/**
 * The user's row, before any session's: the order that everything keeps. Whatever creates, moves or merges a session goes
 * through here, so none of it passes a takeover unseen.
 * @throws StaleEpoch when this user is no more
 */
export async function lockUser(tx: Tx, userId: string): Promise<UserHolds> {
  const [user] = await tx<UserHolds>`
    SELECT epoch, merged_into, erased_at, active_device_id, active_since FROM users WHERE id = ${userId} FOR NO KEY UPDATE`;
  if (!user || user.merged_into !== null || user.erased_at !== null) throw new StaleEpoch();
  return user;
}

/** @throws StaleEpoch when another device has taken over since the writer's connection was granted its epoch */
export async function lockUserAt(tx: Tx, userId: string, epoch: number): Promise<UserHolds> {
  const user = await lockUser(tx, userId);
  if (user.epoch !== epoch) throw new StaleEpoch();
  return user;
}

type StandingRow = {
  epoch: number;
  gone: boolean;
  device_id: string | null;
  label: string | null;
  since: Date | null;
  lost_at: Date | null;
  now: Date;
};

async function readStanding(sql: Queryable, userId: string): Promise<Standing> {
  const [row] = await sql<StandingRow>`
    SELECT u.epoch, u.merged_into IS NOT NULL OR u.erased_at IS NOT NULL AS gone, u.active_device_id AS device_id,
      d.label, u.active_since AS since, d.lost_at, baton_now() AS now
    FROM users u LEFT JOIN devices d ON d.user_id = u.id AND d.id = u.active_device_id WHERE u.id = ${userId}`;
  if (!row) throw new StaleEpoch();
  const holder: Holder | undefined =
    row.device_id === null
      ? undefined
      : { deviceId: row.device_id, label: row.label ?? "", since: (row.since ?? row.now).getTime() };
  return { epoch: row.epoch, isGone: row.gone, holder, lostAt: row.lost_at?.getTime() };
}

/** One transaction: the epoch rises on the user's row and on the session that goes on. */
async function takeOver(sql: Sql, of: Takeover, policyOf: (site: string) => SitePolicy) {
  return sql.begin(async (tx) => {
    const user = await lockUser(tx, of.userId);
    if (user.active_device_id === of.device.id) return { kind: "held" as const, epoch: user.epoch };
    if (of.epoch !== undefined && of.epoch !== user.epoch) return { kind: "moved" as const };
    const epoch = user.epoch + 1;
    const [taken] = await tx<{ since: Date }>`
      UPDATE users SET epoch = ${epoch}, active_device_id = ${of.device.id}, active_since = baton_now()
      WHERE id = ${of.userId} RETURNING active_since AS since`;
    await tx`
      INSERT INTO devices (user_id, id, label, last_seen_at) VALUES (${of.userId}, ${of.device.id}, ${of.device.label}, baton_now())
      ON CONFLICT (user_id, id) DO UPDATE SET lost_at = NULL, last_seen_at = EXCLUDED.last_seen_at`;
    const moved = await moveSession(tx, of.userId, epoch, policyOf);
    return { kind: "taken" as const, epoch, since: taken?.since.getTime() ?? 0, moved };
  });
}

/** Only what it took before it was signed out: whoever tells of that may be late, and its person back. */
async function letGo(sql: Queryable, of: { userId: string; deviceId: string }): Promise<number | undefined> {
  const [row] = await sql<{ epoch: number }>`
    UPDATE users u SET active_device_id = NULL, active_since = NULL
    WHERE u.id = ${of.userId} AND u.active_device_id = ${of.deviceId} AND u.active_since <= greatest(
      u.not_before, (SELECT d.not_before FROM devices d WHERE d.user_id = u.id AND d.id = u.active_device_id))
    RETURNING u.epoch`;
  return row?.epoch;
}

async function moveSession(
  tx: Tx,
  userId: string,
  epoch: number,
  policyOf: (site: string) => SitePolicy,
): Promise<Moved | undefined> {
  const held = await lockCurrent(tx, userId);
  if (!held) return undefined;
  const moved = await advance(tx, held, policyOf(held.row.site), { kind: "touched" });
  if (moved.row.state !== "ended") await tx`UPDATE sessions SET epoch = ${epoch} WHERE id = ${held.row.id}`;
  return { ...moved, row: { ...moved.row, epoch } };
}

/** Of many devices at once, always in the same order: two nodes that write of the same ones must not wait for each other. */
const inOrder = part`ORDER BY d.user_id, d.id FOR UPDATE OF d`;

/** Devices whose last connection closed; one that came back since is not among them. */
async function saveLost(sql: Queryable, lost: readonly LostDevice[]): Promise<void> {
  await sql`
    WITH mine AS (
      SELECT d.user_id, d.id, x.at, x.stay_away_ms
      FROM devices d JOIN (
        SELECT user_id, device_id, stay_away_ms, baton_now() - ago_ms * interval '1 millisecond' AS at
        FROM jsonb_to_recordset(${json(lost)}::jsonb)
          AS lost (user_id text, device_id text, ago_ms float8, stay_away_ms float8)
      ) AS x ON x.user_id = d.user_id AND x.device_id = d.id
      ${inOrder}
    )
    UPDATE devices d SET lost_at = mine.at + mine.stay_away_ms * interval '1 millisecond'
    FROM mine WHERE d.user_id = mine.user_id AND d.id = mine.id AND d.last_seen_at <= mine.at`;
}

type Device = readonly [userId: string, deviceId: string];

/** Devices that have a connection, of which few were ever lost. */
async function saveHere(sql: Queryable, devices: readonly Device[]): Promise<void> {
  await sql`
    WITH mine AS (
      SELECT d.user_id, d.id FROM devices d JOIN ${these(devices)} USING (user_id, id)
      WHERE d.lost_at IS NOT NULL ${inOrder}
    )
    UPDATE devices d SET lost_at = NULL FROM mine WHERE d.user_id = mine.user_id AND d.id = mine.id`;
}

const isBack = part`lost_at = NULL, last_seen_at = baton_now()`;

/** Devices that were lost, or are about to be written down as lost. @returns those whose rows somebody holds */
async function saveBack(sql: Queryable, devices: readonly Device[]): Promise<Device[]> {
  const rows = await sql<{ user_id: string; id: string }>`
    WITH mine AS (
      SELECT d.user_id, d.id FROM devices d JOIN ${these(devices)} USING (user_id, id) FOR UPDATE OF d SKIP LOCKED
    )
    UPDATE devices d SET ${isBack}
    FROM mine WHERE d.user_id = mine.user_id AND d.id = mine.id RETURNING d.user_id, d.id`;
  const saved = new Set(rows.map(({ user_id, id }) => `${user_id} ${id}`));
  return devices.filter(([userId, deviceId]) => !saved.has(`${userId} ${deviceId}`));
}

async function saveOneBack(sql: Queryable, [userId, deviceId]: Device): Promise<void> {
  await sql`UPDATE devices SET ${isBack} WHERE user_id = ${userId} AND id = ${deviceId}`;
}

function these(devices: readonly Device[]) {
  const [users, ids] = [devices.map(([userId]) => userId), devices.map(([, deviceId]) => deviceId)];
  return part`unnest(${users}::text[], ${ids}::text[]) AS these (user_id, id)`;
}

export function pgHolderStore(sql: Sql, policyOf: (site: string) => SitePolicy): HolderStore {
  // When a node dies ten thousand come back within seconds.
  const comeBack = gathering<Device>({
    together: (devices) => saveBack(sql, devices),
    alone: (device) => saveOneBack(sql, device),
  });
  return {
    readStanding: (userId) => readStanding(sql, userId),
    takeOver: (of) => takeOver(sql, of, policyOf),
    letGo: (of) => letGo(sql, of),
    saveLost: (lost) => saveLost(sql, lost),
    saveHere: (devices) => saveHere(sql, devices),
    saveBack: (userId, deviceId) => comeBack([userId, deviceId]),
  };
}
