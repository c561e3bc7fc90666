/**
 * Ends connections whose right has gone since they were let in: signed out, or of somebody who has signed in as somebody
 * else. Every node asks the database, so it holds within 10 s everywhere without any bus. Rules: sessions.md, «Revoking».
 */
import type { ClosingCode } from "@baton/shared/refusals";
import { type Log, loggedError } from "../log.ts";
import { type Claim, isOlder } from "./claims.ts";
import { createLoggingOutNotes, type LoggingOut } from "./loggingOut.ts";

/** Since some moment this does not hold any more. */
export type Change =
  | { readonly kind: "signedOut"; readonly userId: string; readonly deviceId: string | null; readonly notBefore: Date }
  /** Two users are one: said of either. `epoch` is what both rows carry since. */
  | { readonly kind: "merged"; readonly userId: string; readonly epoch: number };

export type RevocationStore = {
  /** @param since the last answer's `now`; undefined at the first look */
  changes(since: Date | undefined): Promise<{ now: Date; changes: readonly Change[] }>;
};

/** A connection as it was let in: `at` is when its rows were looked at, by the database's clock, and their epoch. */
export type LetIn = {
  readonly claim: Claim;
  readonly device: { readonly id: string };
  readonly admitted: { readonly ms: number; readonly epoch: number } | undefined;
  readonly caller?: { readonly isLeaving?: boolean } | undefined;
};

type Ending = { code: ClosingCode; message: string };

export type RevocationParts<Connection extends LetIn> = {
  store: RevocationStore;
  /** The connections of this node. */
  of(userId: string): readonly Connection[];
  end(connection: Connection, ending: Ending): void;
  log: Log;
};

/** Half of what is promised: the other half is for a slow database. */
const LOOK_EVERY_MS = 5_000;

export const LOGGED_OUT: Ending = { code: "logged_out", message: "The person logged out." };

/** PURE. */
export function whyOver({ claim, device, admitted, caller }: LetIn, change: Change): Ending | undefined {
  if (!admitted || caller?.isLeaving) return undefined;
  if (change.kind === "merged") {
    if (admitted.epoch >= change.epoch) return undefined;
    return { code: "restart", message: "This visitor has signed in: open the session anew." };
  }
  if (change.deviceId !== null && change.deviceId !== device.id) return undefined;
  // Who was connected is signed out, also with a token of the same second; who came later was judged when they came.
  if (admitted.ms > change.notBefore.getTime() && !isOlder(claim, change.notBefore)) return undefined;
  return { code: "revoked", message: "The token or the device was signed out." };
}

export type Revocations = {
  start(): void;
  /**
   * Before it is in the rows: a sign-out of these that a look finds in the next seconds is a logout. Hearsay, which ends
   * nobody that the rows do not end, and lapses when nothing comes of it.
   */
  expectLogout(who: LoggingOut): void;
  /** Now, also when a look is under way, which may have been too early. Never rejects. */
  look(): Promise<void>;
  stop(): Promise<void>;
};

export function createRevocations<Connection extends LetIn>(parts: RevocationParts<Connection>): Revocations {
  let timer: NodeJS.Timeout | undefined;
  let since: Date | undefined;
  let last = Promise.resolve();
  let next: Promise<void> | undefined;
  const notes = createLoggingOutNotes();

  async function lookOnce(): Promise<void> {
    next = undefined;
    try {
      const { now, changes } = await parts.store.changes(since);
      since = now;
      for (const change of changes) apply(change);
    } catch (error) {
      parts.log.warn({ error: loggedError(error) }, "sign-outs could not be looked for");
    }
  }

  function apply(change: Change): void {
    const isLogout = change.kind === "signedOut" && notes.has(change);
    for (const connection of parts.of(change.userId)) {
      const ending = whyOver(connection, change);
      if (ending) parts.end(connection, isLogout ? LOGGED_OUT : ending);
    }
  }

  /** All who ask while one look is under way share the one after it. */
  function look(): Promise<void> {
    if (!next) {
      next = last.then(lookOnce);
      last = next;
    }
    return next;
  }

  return {
    start() {
      // The first one only notes the time: were the database away from here on, the next one knows from where to look.
      void look();
      timer = setInterval(() => void look(), LOOK_EVERY_MS);
    },
    expectLogout: (who) => notes.add(who, since),
    look,
    async stop() {
      clearInterval(timer);
      await last;
    },
  };
}
