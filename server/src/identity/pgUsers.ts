/** Users, their keys and devices in Postgres. */

import type { Queryable, Sql } from "../postgres/connect.ts";
import { part } from "../postgres/sql.ts";
import { type KeyRow, keysOfUser, toWrappedKeys } from "../transcript/pgKeys.ts";
import type { MergeStore } from "./merge.ts";
import { mergeUsers } from "./pgMerge.ts";
import type { KnownUser, NewUser, Profile, SignedOut, SignOut, UserRef, UserStore } from "./userStore.ts";

/** Of the user whom the statement calls `u`. */
function isCalled(ref: UserRef) {
  return "id" in ref ? part`u.id = ${ref.id}` : part`u.external_id = ${ref.externalId}`;
}

async function findUser(
  sql: Queryable,
  ref: UserRef,
  place: { site: string; deviceId: string },
): Promise<KnownUser | undefined> {
  const [row] = await sql<Omit<KnownUser, "keys"> & { keys: KeyRow[] }>`
    SELECT u.id, u.site, u.kind, u.external_id, u.name, u.email, u.locale, u.epoch, u.not_before, u.merged_into,
           u.erased_at, d.not_before AS device_not_before, d.label AS device_label,
           ${keysOfUser} AS keys, baton_now() AS read_at
    FROM users u LEFT JOIN devices d ON d.user_id = u.id AND d.id = ${place.deviceId}
    WHERE u.site = ${place.site} AND ${isCalled(ref)}`;
  return row && { ...row, keys: toWrappedKeys(row.keys) };
}

/** All three in one statement, for every new visitor waits for it; or nothing when another connection made the same person first. */
async function insertUser(sql: Queryable, user: NewUser): Promise<void> {
  await sql`
    WITH made AS (
      INSERT INTO users (id, site, kind, external_id, name, email, locale)
      VALUES (${user.id}, ${user.site}, ${user.kind}, ${user.externalId ?? null}, ${user.name ?? null},
              ${user.email ?? null}, ${user.locale ?? null})
      ON CONFLICT DO NOTHING RETURNING id
    ), sealed AS (
      INSERT INTO user_keys (id, user_id, wrapped)
      SELECT ${user.key.id}, id, ${user.key.wrapped as Buffer}::bytea FROM made
    )
    INSERT INTO devices (user_id, id, label, last_seen_at)
    SELECT id, ${user.device.id}, ${user.device.label}, baton_now() FROM made`;
}

/** What the site's token says now wins over what it said before; what it leaves out stays. */
async function updateProfile(sql: Queryable, userId: string, profile: Profile): Promise<void> {
  await sql`
    UPDATE users SET name = coalesce(${profile.name ?? null}, name), email = coalesce(${profile.email ?? null}, email),
                     locale = coalesce(${profile.locale ?? null}, locale)
    WHERE id = ${userId}`;
}

async function saveDevice(sql: Queryable, userId: string, device: { id: string; label: string }): Promise<void> {
  await sql`
    INSERT INTO devices (user_id, id, label, last_seen_at) VALUES (${userId}, ${device.id}, ${device.label}, baton_now())
    ON CONFLICT (user_id, id) DO UPDATE SET label = EXCLUDED.label, last_seen_at = EXCLUDED.last_seen_at, lost_at = NULL`;
}

/** Who has signed in since, or was erased, has nothing left to sign out. */
async function signOut(sql: Queryable, { site, user, deviceId }: SignOut): Promise<SignedOut | undefined> {
  const isTheirs = part`u.site = ${site} AND ${isCalled(user)} AND u.merged_into IS NULL AND u.erased_at IS NULL`;
  const [row] = await (deviceId === undefined
    ? sql<SignedOut>`
        UPDATE users u SET not_before = baton_now() WHERE ${isTheirs} RETURNING u.id AS "userId", u.not_before AS at`
    : sql<SignedOut>`
        UPDATE devices d SET not_before = baton_now() FROM users u
        WHERE d.user_id = u.id AND d.id = ${deviceId} AND ${isTheirs} RETURNING u.id AS "userId", d.not_before AS at`);
  return row;
}

export function pgUserStore(sql: Sql): UserStore & MergeStore {
  return {
    find: (ref, place) => findUser(sql, ref, place),
    insert: (user) => insertUser(sql, user),
    updateProfile: (userId, profile) => updateProfile(sql, userId, profile),
    saveDevice: (userId, device) => saveDevice(sql, userId, device),
    signOut: (of) => signOut(sql, of),
    merge: (of) => sql.begin((tx) => mergeUsers(tx, of)),
  };
}
