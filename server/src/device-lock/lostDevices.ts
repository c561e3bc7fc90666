/** Writes down which devices left, together when many leave at once: a restart must not take them for live. */
import { type Log, loggedError } from "../log.ts";
import type { HolderStore, LostDevice } from "./holderStore.ts";

const WRITE_EVERY_MS = 250;

export function createLostDevices(store: Pick<HolderStore, "saveLost">, log: Log) {
  let lost: LostDevice[] = [];
  let beingWritten: readonly LostDevice[] = [];
  let timer: NodeJS.Timeout | undefined;
  let writing = Promise.resolve();

  async function write(): Promise<void> {
    timer = undefined;
    const batch = lost;
    lost = [];
    beingWritten = batch;
    if (batch.length === 0) return;
    await store.saveLost(batch).catch((error) => {
      // Their leases still lapse; only a restart within seconds would take them for live.
      log.warn({ devices: batch.length, error: loggedError(error) }, "devices that left could not be written");
    });
    beingWritten = [];
  }

  return {
    add(device: LostDevice): void {
      lost.push(device);
      timer ??= setTimeout(() => {
        writing = writing.then(write);
      }, WRITE_EVERY_MS);
    },

    has: (userId: string, deviceId: string): boolean =>
      [...lost, ...beingWritten].some((device) => device.user_id === userId && device.device_id === deviceId),

    /** Writes what waits. */
    async close(): Promise<void> {
      clearTimeout(timer);
      await writing;
      await write();
    },
  };
}
