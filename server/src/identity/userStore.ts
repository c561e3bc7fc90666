/** What identity needs from the database. */
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

/** A user as a connection meets them: with this device's own rule, and the keys to what was said. */
export type KnownUser = UserRow & {
  device_not_before: Date | null;
  device_label: string | null;
  keys: WrappedKey[];
  /** By the database's clock: of a sign-out after it this look knew nothing. */
  read_at: Date;
};

export type Profile = { name?: string; email?: string; locale?: string };
export type NewUser = Profile & {
  id: string;
  site: string;
  kind: UserRow["kind"];
  externalId?: string;
  key: WrappedKey;
  /** Where they are met first. */
  device: { id: string; label: string };
};
export type UserRef = { id: string } | { externalId: string };

export type UserStore = {
  find(ref: UserRef, place: { site: string; deviceId: string }): Promise<KnownUser | undefined>;
  /** Does nothing when another connection made the same person first. */
  insert(user: NewUser): Promise<void>;
  updateProfile(userId: string, profile: Profile): Promise<void>;
  saveDevice(userId: string, device: { id: string; label: string }): Promise<void>;
  /** Undefined when the site has no such user, or the user no such device. */
  signOut(of: SignOut): Promise<SignedOut | undefined>;
};

/** Every token issued before now is void: on this device, or without one everywhere. */
export type SignOut = { site: string; user: UserRef; deviceId?: string | undefined };
export type SignedOut = { userId: string; at: Date };
