/** CacheStore of one process: bounded in bytes and time, the longest unused goes first. */
import type { CacheStore } from "./snapshotCache.ts";

type Entry = { value: Buffer; until: number };

export function createMemoryCache(options: { maxBytes: number; ttlMs: number; now: () => number }): CacheStore {
  const { maxBytes, ttlMs, now } = options;
  const entries = new Map<string, Entry>();
  let bytes = 0;

  function remove(id: string): void {
    bytes -= entries.get(id)?.value.length ?? 0;
    entries.delete(id);
  }

  return {
    get(id) {
      const entry = entries.get(id);
      if (!entry) return undefined;
      remove(id);
      if (entry.until <= now()) return undefined;
      // Re-inserted: a Map keeps the order of insertion, so the first key is the longest unused.
      entries.set(id, entry);
      bytes += entry.value.length;
      return entry.value;
    },
    set(id, value) {
      remove(id);
      // It would push everything else out and then itself.
      if (value.length > maxBytes) return;
      entries.set(id, { value, until: now() + ttlMs });
      bytes += value.length;
      for (const oldest of entries.keys()) {
        if (bytes <= maxBytes) break;
        remove(oldest);
      }
    },
    delete: remove,
  };
}
