/**
 * The last messages of open sessions, ready to be sent: a refresh costs no read of the transcript. Never the only copy
 * of anything: what is missing, of another rev than the row, or unreadable is read from the rows.
 */
import { gunzipSync, gzipSync } from "node:zlib";
import { WIRE_HISTORY } from "@baton/shared/version";
import type { Message } from "@baton/shared/visitor/shapes";
import type { Reader } from "../transcript/transcript.ts";
import { type Keyring, openText, sealText } from "../transcript/vault.ts";

/** Whose messages, and of which session. */
export type CachePlace = { readonly userId: string; readonly sessionId: string };
/** As it lies in a store. `rev` is said outside too, so that a store can tell what is newer. */
export type Sealed = { readonly rev: number; readonly bytes: Buffer };
/** `garbled`: not of our making, and thrown away by now; `away`: the store does not answer. */
export type Found = Sealed | "nothing" | "garbled" | "away";

/** Where sealed messages lie: memory when embedded, Redis in a cluster. No method rejects: rows know what a store lost. */
export type CacheStore = {
  get(place: CachePlace): Promise<Found> | Found;
  /** Kept only where nothing as new is: two readers may arrive in either order. */
  put(place: CachePlace, sealed: Sealed): Promise<void> | void;
  delete(place: CachePlace): Promise<void> | void;
};

export type CachedMessages = { rev: number; messages: readonly Message[]; hasMore: boolean };
export type CacheEvent = "hit" | "miss" | "stale" | "dropped" | "away";

/** Above this a value is compressed before it is sealed. */
const COMPRESS_ABOVE_BYTES = 100_000;
/** In a deploy two versions share a store: neither tells visitors messages in the shape of the other. */
const SHAPE = WIRE_HISTORY.at(-1)?.hash ?? "";

export type SnapshotCache = ReturnType<typeof createSnapshotCache>;

export function createSnapshotCache(store: CacheStore, count: (event: CacheEvent) => void) {
  return {
    /** @param session its row, whose rev decides whether the cached messages are still the truth */
    async read({ userId, keys }: Reader, session: { id: string; rev: number }): Promise<CachedMessages | undefined> {
      const place = { userId, sessionId: session.id };
      const found = await store.get(place);
      if (found === "nothing") return void count("miss");
      if (found === "away") return void count("away");
      if (found === "garbled") return void count("dropped");
      const cached = unpack(keys, session.id, found);
      if (!cached) {
        await store.delete(place);
        return void count("dropped");
      }
      if (cached.rev !== session.rev) {
        // The row was read a moment too early, or comes from a backup: then nothing below this rev would ever be kept again.
        if (cached.rev > session.rev) await store.delete(place);
        return void count("stale");
      }
      count("hit");
      return cached;
    },

    /** Nobody need wait for it. */
    write({ userId, keys }: Reader, sessionId: string, value: CachedMessages): Promise<void> | void {
      return store.put({ userId, sessionId }, { rev: value.rev, bytes: pack(keys, sessionId, value) });
    },
  };
}

function pack(keys: Keyring, sessionId: string, value: CachedMessages): Buffer {
  const json = JSON.stringify(value);
  const text = json.length > COMPRESS_ABOVE_BYTES ? `z${gzipSync(json).toString("base64")}` : `j${json}`;
  return sealText(keys, aboutOf(sessionId), text);
}

/** Undefined for whatever cannot be read: wrong key, cut short, another shape, another rev outside than inside. */
function unpack(keys: Keyring, sessionId: string, { rev, bytes }: Sealed): CachedMessages | undefined {
  try {
    const text = openText(keys, aboutOf(sessionId), bytes);
    const json = text.startsWith("z") ? gunzipSync(Buffer.from(text.slice(1), "base64")).toString() : text.slice(1);
    const value = JSON.parse(json) as Partial<CachedMessages>;
    return value.rev === rev && Array.isArray(value.messages) ? (value as CachedMessages) : undefined;
  } catch {
    return undefined;
  }
}

/** What the sealed bytes are good for, and for nothing else. */
export function aboutOf(sessionId: string): string {
  return `cache ${SHAPE} ${sessionId}`;
}
