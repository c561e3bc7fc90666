/** Writes down which devices left, together when many leave at once: a restart must not take them for live. */
import { type Log, loggedError } from "../log.ts";
import type { HolderStore } from "./holderStore.ts";

const WRITE_EVERY_MS = 250;

type Lost = {
  readonly userId: string;
  readonly deviceId: string;
  readonly at: number;
  /** So long it stays away because we asked it to: only then it is lost. */
  readonly stayAwayMs: number;
};
export type LostDeviceParts = { store: Pick<HolderStore, "saveLost">; now(): number; log: Log };

export type LostDevices = ReturnType<typeof createLostDevices>;

function keyOf(userId: string, deviceId: string): string {
  return `${userId} ${deviceId}`;
}

export function createLostDevices({ store, now, log }: LostDeviceParts) {
  let waiting = new Map<string, Lost>();
  let beingWritten: ReadonlyMap<string, Lost> = new Map();
  let timer: NodeJS.Timeout | undefined;
  let writing = Promise.resolve();

  async function write(): Promise<void> {
    timer = undefined;
    if (waiting.size === 0) return;
    beingWritten = waiting;
    waiting = new Map();
    const at = now();
    const batch = [...beingWritten.values()].map((lost) => ({
      user_id: lost.userId,
      device_id: lost.deviceId,
      ago_ms: at - lost.at,
      stay_away_ms: lost.stayAwayMs,
    }));
    await store.saveLost(batch).catch((error) => {
      // Their leases still lapse; only a restart within seconds would take them for live.
      log.warn({ devices: batch.length, error: loggedError(error) }, "devices that left could not be written");
    });
    beingWritten = new Map();
  }

  return {
    add(lost: Lost): void {
      waiting.set(keyOf(lost.userId, lost.deviceId), lost);
      timer ??= setTimeout(() => {
        writing = writing.then(write);
      }, WRITE_EVERY_MS);
    },

    /** It is back: nothing need be written. */
    cancel(userId: string, deviceId: string): void {
      waiting.delete(keyOf(userId, deviceId));
    },

    /** Who comes back now must say so in the rows, too. */
    isBeingWritten: (userId: string, deviceId: string): boolean => beingWritten.has(keyOf(userId, deviceId)),

    /** Writes what waits. */
    async close(): Promise<void> {
      clearTimeout(timer);
      await writing;
      await write();
    },
  };
}
