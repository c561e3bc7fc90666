/**
 * All that is due, batch by batch: what is wrong with one session keeps no other's deadline back, and what nobody could
 * tell is not passed over in silence.
 */
import type { Message } from "@baton/shared/visitor/shapes";
import { type Log, loggedError } from "../log.ts";
import { isStorageDown } from "../postgres/storageDown.ts";
import type { Moved } from "./sessionStore.ts";
import { createSetAside } from "./setAside.ts";

/** Up to so many sessions, but none of these. */
export type Batch = { readonly limit: number; readonly except: readonly string[] };

export type DeadlineStore = {
  /** Applies what is due to a batch, in one transaction. @throws CommitInDoubt */
  settle(batch: Batch): Promise<readonly Moved[]>;
  /** Whose turn it would be. */
  dueIds(batch: Batch): Promise<readonly string[]>;
  /** Undefined when nothing is due to it any more, or somebody else has it in hand. @throws CommitInDoubt */
  settleOne(sessionId: string): Promise<Moved | undefined>;
  /** What was being written when it ended. */
  open(moved: Moved): Promise<readonly Message[]>;
  /** When the next thing becomes due but to these, milliseconds of the epoch; undefined when no clock runs. */
  next(except: readonly string[]): Promise<number | undefined>;
};

/** It was all written, but whether it holds was not answered: what took effect is not found again, nor can it be told. */
export class CommitInDoubt extends Error {
  constructor(cause: unknown) {
    super("a commit was not answered", { cause });
  }
}

export type SettlingParts = {
  store: DeadlineStore;
  /** Never throws. */
  tell(moved: Moved): Promise<void>;
  /** Whoever is connected here may have missed something. */
  advise(): void;
  log: Log;
};

const BATCH = 100;

class Fault {
  readonly error: unknown;
  constructor(error: unknown) {
    this.error = error;
  }
}

export function createSettling({ store, tell, advise, log }: SettlingParts) {
  const aside = createSetAside();
  let isAdviceOwed = false;

  async function settleAll(isStopped: () => boolean): Promise<void> {
    for (const id of aside.toTryAgain().slice(0, BATCH)) await settleOne(id);
    while ((await settleBatch()) === BATCH && !isStopped());
  }

  /** @returns how many it was about */
  async function settleBatch(): Promise<number> {
    const batch = { limit: BATCH, except: aside.ids() };
    const due = await attempt(() => store.settle(batch));
    if (due instanceof Fault) return settleEach(batch, due);
    for (const moved of due) await tell(moved);
    return due.length;
  }

  /** One row that cannot be settled undoes its batch: the others take effect without it. */
  async function settleEach(batch: Batch, { error }: Fault): Promise<number> {
    const ids = await store.dueIds(batch);
    let settled = 0;
    for (const id of ids) if (await settleOne(id)) settled += 1;
    // It is not this row or that one, and the next batch would fare no better.
    if (settled === 0 && (ids.length === 0 || ids.length === BATCH)) throw error;
    return ids.length;
  }

  /** @returns whether it is no obstacle any more */
  async function settleOne(id: string): Promise<boolean> {
    const moved = await attempt(() => store.settleOne(id));
    if (moved instanceof Fault) {
      const retryAfterMs = aside.add(id);
      log.error({ sessionId: id, retryAfterMs, error: loggedError(moved.error) }, "a deadline could not take effect");
      return false;
    }
    aside.takeBack(id);
    if (moved) await tell(moved);
    return true;
  }

  /** An outage is thrown, since nobody could do better; what is wrong with the rows themselves is answered. */
  async function attempt<T>(work: () => Promise<T>): Promise<T | Fault> {
    try {
      const done = await work();
      adviseIfOwed();
      return done;
    } catch (error) {
      if (error instanceof CommitInDoubt) isAdviceOwed = true;
      else if (!isStorageDown(error)) return new Fault(error);
      throw error;
    }
  }

  function adviseIfOwed(): void {
    if (!isAdviceOwed) return;
    isAdviceOwed = false;
    try {
      advise();
    } catch (error) {
      log.error({ error: loggedError(error) }, "nobody could be advised to sync");
    }
  }

  return {
    /** Everything that is due by now, also beyond one batch, unless it is stopped between two of them. */
    settleAll,
    /** The sessions whose deadline cannot take effect. */
    setAside: aside.ids,
  };
}
