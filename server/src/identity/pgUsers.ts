/** Users, their keys and devices in Postgres. */
import type { Queryable, Sql } from "../postgres/connect.ts";
import type { WrappedKey } from "../transcript/vault.ts";

export type UserRow = {
  id: string;
  site: string;
  kind: "visitor" | "identified";
  external_id: string | null;
  name: string | null;
  email: string | null;
  locale: string | null;
  epoch: number;
  not_before: Date | null;
  merged_into: string | null;
  erased_at: Date | null;
};

/** A user as a connection meets them: with this device's own rule and the keys to what was said. */
export type KnownUser = UserRow & { device_not_before: Date | null; device_label: string | null; keys: WrappedKey[] };

export type UserRef = { id: string } | { externalId: string };
type Place = { site: string; deviceId: string };

export async function findUser(sql: Queryable, ref: UserRef, place: Place): Promise<KnownUser | undefined> {
  const which = "id" in ref ? sql`u.id = ${ref.id}` : sql`u.external_id = ${ref.externalId}`;
  const [row] = await sql<KnownUser[]>`
    SELECT u.id, u.site, u.kind, u.external_id, u.name, u.email, u.locale, u.epoch, u.not_before, u.merged_into,
           u.erased_at, d.not_before AS device_not_before, d.label AS device_label,
           (SELECT coalesce(json_agg(json_build_object('id', k.id, 'wrapped', encode(k.wrapped, 'base64'))
                                     ORDER BY k.created_at), '[]') FROM user_keys k WHERE k.user_id = u.id) AS keys
    FROM users u LEFT JOIN devices d ON d.user_id = u.id AND d.id = ${place.deviceId}
    WHERE u.site = ${place.site} AND ${which}`;
  return row && { ...row, keys: row.keys.map((k) => ({ id: k.id, wrapped: Buffer.from(String(k.wrapped), "base64") })) };
}

type Profile = { name?: string; email?: string; locale?: string };
export type NewUser = Profile & { id: string; site: string; kind: UserRow["kind"]; externalId?: string; key: WrappedKey };

/** Makes the user and their key, or nothing when another connection made the same person first. */
export async function insertUser(sql: Sql, user: NewUser): Promise<void> {
  await sql.begin(async (tx) => {
    const made = await tx`
      INSERT INTO users (id, site, kind, external_id, name, email, locale)
      VALUES (${user.id}, ${user.site}, ${user.kind}, ${user.externalId ?? null}, ${user.name ?? null},
              ${user.email ?? null}, ${user.locale ?? null})
      ON CONFLICT DO NOTHING RETURNING id`;
    if (made.length === 0) return;
    await tx`INSERT INTO user_keys (id, user_id, wrapped) VALUES (${user.key.id}, ${user.id}, ${user.key.wrapped as Buffer})`;
  });
}

/** What the site's token says now wins over what it said before; what it leaves out stays. */
export async function updateProfile(sql: Queryable, userId: string, profile: Profile): Promise<void> {
  await sql`
    UPDATE users SET name = coalesce(${profile.name ?? null}, name), email = coalesce(${profile.email ?? null}, email),
                     locale = coalesce(${profile.locale ?? null}, locale)
    WHERE id = ${userId}`;
}

export async function saveDevice(sql: Queryable, userId: string, device: { id: string; label: string }): Promise<void> {
  await sql`
    INSERT INTO devices (user_id, id, label, last_seen_at) VALUES (${userId}, ${device.id}, ${device.label}, baton_now())
    ON CONFLICT (user_id, id) DO UPDATE SET label = EXCLUDED.label, last_seen_at = EXCLUDED.last_seen_at, lost_at = NULL`;
}

/** Every token issued before now is void on this device. */
export async function signOutDevice(sql: Queryable, userId: string, deviceId: string): Promise<void> {
  await sql`UPDATE devices SET not_before = baton_now() WHERE user_id = ${userId} AND id = ${deviceId}`;
}

/** Every token issued before now is void everywhere. */
export async function signOutUser(sql: Queryable, userId: string): Promise<void> {
  await sql`UPDATE users SET not_before = baton_now() WHERE id = ${userId}`;
}
