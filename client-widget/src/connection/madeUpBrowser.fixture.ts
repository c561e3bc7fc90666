/** What the tabs of one browser share: a lock, a channel, and a storage that answers when it likes but in order. */
import type { Outbox, OutboxEntry } from "./outbox.ts";
import type { OutboxStorage } from "./outboxStorage.ts";
import type { TabPorts, TabWord } from "./tabs.ts";

type Later = (what: string, happen: () => void) => void;

export class MadeUpStorage implements OutboxStorage {
  readonly kept = new Map<string, OutboxEntry>();
  readonly #waiting: (() => void)[] = [];
  readonly #later: Later;

  constructor(later: Later) {
    this.#later = later;
  }

  load = (): Promise<Outbox> => this.#do("load", () => structuredClone(this.#byKey()));

  put = (entry: OutboxEntry): Promise<void> =>
    this.#do("put", () => void this.kept.set(entry.clientId, structuredClone(entry)));

  remove = (clientId: string): Promise<void> => this.#do("remove", () => void this.kept.delete(clientId));

  wipe = (): Promise<void> => this.#do("wipe", () => this.kept.clear());

  get isBusy(): boolean {
    return this.#waiting.length > 0;
  }

  /** As IndexedDB gives them. */
  #byKey(): OutboxEntry[] {
    return [...this.kept.values()].sort((a, b) => (a.clientId < b.clientId ? -1 : 1));
  }

  #do<T>(what: string, run: () => T): Promise<T> {
    return new Promise((resolve) => {
      this.#waiting.push(() => resolve(run()));
      this.#later(`storage: ${what}`, () => this.#waiting.shift()?.());
    });
  }
}

type Turn = { wanted: boolean; start: () => void };

export function madeUpLocks(later: Later): Pick<LockManager, "request"> {
  const turns: Turn[] = [];
  const next = () => {
    while (turns[0] && !turns[0].wanted) turns.shift();
    turns[0]?.start();
  };
  const request = (_: string, { signal }: LockOptions, hold: () => Promise<unknown> | undefined) =>
    new Promise((resolve, reject) => {
      let held = false;
      const turn: Turn = {
        wanted: true,
        start: () => {
          if (held) return;
          held = true;
          later("the lock is given", () => {
            const done = turn.wanted ? Promise.resolve(hold()) : Promise.resolve();
            void done.then(resolve).finally(() => {
              turns.shift();
              next();
            });
          });
        },
      };
      signal?.addEventListener("abort", () => {
        if (turns[0] === turn) return;
        turn.wanted = false;
        reject(new Error("aborted"));
      });
      turns.push(turn);
      if (turns[0] === turn) next();
    });
  return { request } as unknown as LockManager;
}

/** What one tab says reaches each of the others in the order it was said. */
export function madeUpChannels(later: Later): new (name: string) => NonNullable<TabPorts["channel"]> {
  const open = new Set<MadeUpChannel>();
  class MadeUpChannel {
    onmessage: ((event: MessageEvent) => void) | null = null;
    readonly #coming: TabWord[] = [];

    constructor(_name: string) {
      open.add(this);
    }

    postMessage(word: TabWord): void {
      for (const other of open) if (other !== this) other.#come(structuredClone(word));
    }

    close(): void {
      open.delete(this);
    }

    #come(word: TabWord): void {
      this.#coming.push(word);
      later(`a tab hears ${word.kind}`, () => this.#hear());
    }

    #hear(): void {
      const data = this.#coming.shift();
      if (data && open.has(this)) this.onmessage?.({ data } as MessageEvent);
    }
  }
  return MadeUpChannel;
}
