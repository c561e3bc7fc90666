/**
 * Where the outbox survives a refresh. A port with two ends: IndexedDB, or this page's memory where that is denied.
 * Storage that fails later costs a message its survival, never its sending.
 */
import { clear, createStore, del, entries, set } from "idb-keyval";
import type { Outbox, OutboxEntry } from "./outbox.ts";

export type OutboxStorage = {
  load: () => Promise<Outbox>;
  put: (entry: OutboxEntry) => Promise<void>;
  remove: (clientId: string) => Promise<void>;
  wipe: () => Promise<void>;
};

const MEMORY_ONLY: OutboxStorage = {
  load: async () => [],
  put: async () => undefined,
  remove: async () => undefined,
  wipe: async () => undefined,
};

export async function openOutboxStorage(name: string): Promise<{ storage: OutboxStorage; denied: boolean }> {
  try {
    const store = createStore(name, "outbox");
    await entries(store);
    const storage: OutboxStorage = {
      load: async () => (await entries<string, OutboxEntry>(store)).map(([, entry]) => entry),
      put: (entry) => quietly(set(entry.clientId, entry, store)),
      remove: (clientId) => quietly(del(clientId, store)),
      wipe: () => quietly(clear(store)),
    };
    return { storage, denied: false };
  } catch {
    return { storage: MEMORY_ONLY, denied: true };
  }
}

function quietly(done: Promise<void>): Promise<void> {
  return done.catch(() => undefined);
}
