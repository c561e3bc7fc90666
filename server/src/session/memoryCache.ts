/** CacheStore of one process: bounded in bytes and time, the longest unused goes first. */
import type { CachePlace, CacheStore, Sealed } from "./snapshotCache.ts";

type Entry = Sealed & { readonly until: number };

export function createMemoryCache(options: { maxBytes: number; ttlMs: number; now: () => number }): CacheStore {
  const { maxBytes, ttlMs, now } = options;
  const entries = new Map<string, Entry>();
  let bytes = 0;

  /** Undefined too for one whose time is over. */
  function take(key: string): Entry | undefined {
    const entry = entries.get(key);
    bytes -= entry?.bytes.length ?? 0;
    entries.delete(key);
    return entry && entry.until > now() ? entry : undefined;
  }

  /** A Map keeps the order of insertion: what is put back is the last to go. */
  function lay(key: string, entry: Entry): void {
    entries.set(key, entry);
    bytes += entry.bytes.length;
  }

  return {
    get(place) {
      const key = keyOf(place);
      const entry = take(key);
      if (!entry) return "nothing";
      lay(key, entry);
      return { rev: entry.rev, bytes: entry.bytes };
    },
    put(place, sealed) {
      const key = keyOf(place);
      const before = take(key);
      if (before && before.rev >= sealed.rev) return lay(key, before);
      // It would push everything else out and then itself.
      if (sealed.bytes.length > maxBytes) return;
      lay(key, { ...sealed, until: now() + ttlMs });
      for (const oldest of entries.keys()) {
        if (bytes <= maxBytes) break;
        take(oldest);
      }
    },
    delete(place) {
      take(keyOf(place));
    },
  };
}

function keyOf({ userId, sessionId }: CachePlace): string {
  return `${userId} ${sessionId}`;
}
