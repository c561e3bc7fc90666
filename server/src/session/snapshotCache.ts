/**
 * The last messages of open sessions, ready to be sent: a refresh costs no read of the transcript. Never the only copy
 * of anything: what is missing, older than the row or unreadable is dropped and read from the rows.
 */
import { gunzipSync, gzipSync } from "node:zlib";
import type { Message } from "@baton/shared/visitor/shapes";
import { type Keyring, openText, sealText } from "../transcript/vault.ts";

/** Where sealed snapshots lie: memory when embedded, Redis in a cluster. */
export type CacheStore = {
  get(sessionId: string): Promise<Buffer | undefined> | Buffer | undefined;
  set(sessionId: string, value: Buffer): Promise<void> | void;
  delete(sessionId: string): Promise<void> | void;
};

export type CachedMessages = { rev: number; messages: readonly Message[]; hasMore: boolean };
export type CacheEvent = "hit" | "miss" | "stale" | "dropped";

/** Above this a value is compressed before it is sealed. */
const COMPRESS_ABOVE_BYTES = 100_000;

export type SnapshotCache = ReturnType<typeof createSnapshotCache>;

export function createSnapshotCache(store: CacheStore, count: (event: CacheEvent) => void) {
  return {
    /** @param rev of the session's row, which decides whether the cached messages are still the truth */
    async read(keys: Keyring, sessionId: string, rev: number): Promise<CachedMessages | undefined> {
      const sealed = await store.get(sessionId);
      if (!sealed) return void count("miss");
      const cached = unpack(keys, sessionId, sealed);
      if (!cached) {
        await store.delete(sessionId);
        return void count("dropped");
      }
      if (cached.rev !== rev) return void count("stale");
      count("hit");
      return cached;
    },

    /** Replaces only what is older: two readers may arrive in either order. */
    async write(keys: Keyring, sessionId: string, value: CachedMessages): Promise<void> {
      const before = await store.get(sessionId);
      if (before && (unpack(keys, sessionId, before)?.rev ?? -1) >= value.rev) return;
      await store.set(sessionId, pack(keys, sessionId, value));
    },
  };
}

function pack(keys: Keyring, sessionId: string, value: CachedMessages): Buffer {
  const json = JSON.stringify(value);
  const text = json.length > COMPRESS_ABOVE_BYTES ? `z${gzipSync(json).toString("base64")}` : `j${json}`;
  return sealText(keys, `cache ${sessionId}`, text);
}

/** Undefined for whatever cannot be read: wrong key, cut short, another shape. */
function unpack(keys: Keyring, sessionId: string, sealed: Buffer): CachedMessages | undefined {
  try {
    const text = openText(keys, `cache ${sessionId}`, sealed);
    const json = text.startsWith("z") ? gunzipSync(Buffer.from(text.slice(1), "base64")).toString() : text.slice(1);
    const value = JSON.parse(json) as Partial<CachedMessages>;
    return Number.isInteger(value.rev) && Array.isArray(value.messages) ? (value as CachedMessages) : undefined;
  } catch {
    return undefined;
  }
}
