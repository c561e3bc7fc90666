/** What the device lock needs from the database. Times in milliseconds of the epoch, by the database's clock. */
import type { Moved } from "../session/sessionStore.ts";

export type Holder = { readonly deviceId: string; readonly label: string; readonly since: number };

/** Who holds, as the rows say it. */
export type Standing = {
  readonly epoch: number;
  /** Merged into another user, or erased. */
  readonly isGone: boolean;
  readonly holder: Holder | undefined;
  /** When the holder's last connection closed; undefined while it has one, or its node died with it. */
  readonly lostAt: number | undefined;
};

export type Takeover = {
  readonly userId: string;
  readonly device: { readonly id: string; readonly label: string };
  /** What the taker has seen; another epoch by now means that somebody else was quicker. */
  readonly epoch: number | undefined;
};

export type TakenOver =
  | { readonly kind: "taken"; readonly epoch: number; readonly since: number; readonly moved: Moved | undefined }
  /** By the present holder: nothing changes. */
  | { readonly kind: "held"; readonly epoch: number }
  | { readonly kind: "moved" };

/** How long ago, and not when: a node's clock may be an hour off. It is lost only after so long a stay as it was asked to make. */
export type LostDevice = {
  readonly user_id: string;
  readonly device_id: string;
  readonly ago_ms: number;
  readonly stay_away_ms: number;
};

export type HolderStore = {
  readStanding(userId: string): Promise<Standing>;
  takeOver(of: Takeover): Promise<TakenOver>;
  /**
   * Nobody holds, where this device did since before it was signed out. Answers the epoch, which stays; undefined where
   * another one holds, or this one took it since.
   */
  letGo(of: { userId: string; deviceId: string }): Promise<number | undefined>;
  saveLost(lost: readonly LostDevice[]): Promise<void>;
  /** These devices, by user, have a connection: none of them is lost. */
  saveHere(devices: readonly (readonly [userId: string, deviceId: string])[]): Promise<void>;
  saveBack(userId: string, deviceId: string): Promise<void>;
};
