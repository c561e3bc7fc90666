/**
 * The one place that seals and opens content: AES-256-GCM under a key per user, wrapped by the master key.
 * What is sealed names its session and message (or draft, comment) as associated data, never the user: at a merge keys
 * and rows get a new owner and nothing is sealed again, while a body copied onto another row does not open.
 * Layout of sealed bytes: version (1), key id (8), nonce (12), ciphertext, tag (16).
 */
import { createCipheriv, createDecipheriv, createHmac, randomBytes, randomFillSync } from "node:crypto";

const VERSION = 1;
const KEY_ID = 8;
const NONCE = 12;
const TAG = 16;
const HEADER = 1 + KEY_ID + NONCE;

type Key = { readonly id: Buffer; readonly bytes: Buffer };

/** A user's keys: one seals, all open. More than one after a merge. */
export type Keyring = { readonly current: Key; readonly byId: ReadonlyMap<string, Key> };

export type WrappedKey = { id: string; wrapped: Uint8Array };

/** What a message says: everything that the database must not be able to read. */
export type Body = { text: string; data?: Record<string, unknown> };

export class UnreadableContent extends Error {
  override readonly name = "UnreadableContent";
}

/** Random bytes for nonces, drawn from the system in bulk: one draw for each message cost as much as the sealing. */
const NONCES = Buffer.allocUnsafe(NONCE * 256);
let noncesUsed = NONCES.length;

function freshNonce(): Buffer {
  if (noncesUsed === NONCES.length) {
    randomFillSync(NONCES);
    noncesUsed = 0;
  }
  noncesUsed += NONCE;
  return NONCES.subarray(noncesUsed - NONCE, noncesUsed);
}

function seal(key: Key, about: string, plain: Buffer): Buffer {
  const nonce = freshNonce();
  const cipher = createCipheriv("aes-256-gcm", key.bytes, nonce);
  cipher.setAAD(Buffer.from(about));
  return Buffer.concat([Buffer.of(VERSION), key.id, nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

function open(keyOf: (id: string) => Key | undefined, about: string, sealed: Uint8Array): Buffer {
  const bytes = Buffer.from(sealed);
  if (bytes[0] !== VERSION || bytes.length < HEADER + TAG) throw new UnreadableContent(`${about}: not sealed content`);
  const key = keyOf(bytes.subarray(1, 1 + KEY_ID).toString("hex"));
  if (!key) throw new UnreadableContent(`${about}: sealed under a key that is not here`);
  const decipher = createDecipheriv("aes-256-gcm", key.bytes, bytes.subarray(1 + KEY_ID, HEADER));
  decipher.setAAD(Buffer.from(about));
  decipher.setAuthTag(bytes.subarray(-TAG));
  try {
    return Buffer.concat([decipher.update(bytes.subarray(HEADER, -TAG)), decipher.final()]);
  } catch (cause) {
    throw new UnreadableContent(`${about}: damaged, or of another place`, { cause });
  }
}

export type Vault = ReturnType<typeof createVault>;

/** @param masterKey 32 bytes */
export function createVault(masterKey: Buffer) {
  const bytes = createHmac("sha256", masterKey).update("baton user keys").digest();
  const master: Key = { id: bytes.subarray(0, KEY_ID), bytes };
  const masterId = master.id.toString("hex");
  return {
    /** Names the master key without telling it. */
    fingerprint: masterId,
    newKey(): WrappedKey {
      const id = randomBytes(KEY_ID).toString("hex");
      return { id, wrapped: seal(master, `key ${id}`, randomBytes(32)) };
    },
    /** @param wrapped a user's keys, the oldest first; the newest seals */
    keyring(wrapped: readonly WrappedKey[]): Keyring {
      const keys = wrapped.map((key) => ({
        id: Buffer.from(key.id, "hex"),
        bytes: open((id) => (id === masterId ? master : undefined), `key ${key.id}`, key.wrapped),
      }));
      const current = keys.at(-1);
      if (!current) throw new UnreadableContent("a user without a key: erased, or the database was restored in part");
      return { current, byId: new Map(keys.map((key) => [key.id.toString("hex"), key])) };
    },
  };
}

export function sealText(keys: Keyring, about: string, text: string): Buffer {
  return seal(keys.current, about, Buffer.from(text, "utf8"));
}

export function openText(keys: Keyring, about: string, sealed: Uint8Array): string {
  return open((id) => keys.byId.get(id), about, sealed).toString("utf8");
}

/** Associated data of a message's body: the row it belongs to. */
export function messagePlace(sessionId: string, messageId: string): string {
  return `${sessionId}/${messageId}`;
}

export function sealBody(keys: Keyring, place: string, body: Body): Buffer {
  return sealText(keys, place, JSON.stringify([body.text, body.data]));
}

export function openBody(keys: Keyring, place: string, sealed: Uint8Array): Body {
  const [text, data] = JSON.parse(openText(keys, place, sealed)) as [
    string,
    Record<string, unknown> | null | undefined,
  ];
  return data ? { text, data } : { text };
}
