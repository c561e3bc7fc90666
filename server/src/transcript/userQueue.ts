/**
 * What one user does happens in the order in which it arrived, also across a change of session; what many do goes to the
 * database together. One batch of entries is on its way at a time and the next gathers meanwhile, with no timer and no
 * delay at rest. What runs alone, a task or an entry that its batch could not decide, runs beside the batches, a few at a
 * time, and nobody but its own user waits for it.
 */

/**
 * What became of one entry of a batch: done, or to be run alone when the batch is over. So after an entry that runs
 * alone nothing later of the same user may be done in that batch: whoever answers sees to it.
 */
export type Settled<Result> = { done: Result } | { alone: () => Promise<Result> };

type Batched<Entry, Result> = { entry: Entry; resolve: (result: Result) => void; reject: (error: unknown) => void };
/** An entry that its batch could not decide. */
type Undecided<Entry, Result> = Batched<Entry, Result> & { alone: () => Promise<Result> };
type Task = { task: () => Promise<void> };
type Waiting<Entry, Result> = Batched<Entry, Result> | Undecided<Entry, Result> | Task;

/** `isBusy`: something of theirs is under way, and what waits, waits for that. */
type User<Entry, Result> = { readonly id: string; waiting: Waiting<Entry, Result>[]; isBusy: boolean };
type Taken<Entry, Result> = { readonly user: User<Entry, Result>; readonly item: Batched<Entry, Result> };

type Act = () => void;

export type UserQueueOptions<Entry, Result> = {
  maxBatch: number;
  /** How much runs alone at once. */
  maxAlone: number;
  /** Entries and tasks that wait; one more is `full`. */
  maxWaiting: number;
  /** One round trip for all entries; rejects only when none of them happened. */
  runBatch: (entries: readonly Entry[]) => Promise<readonly Settled<Result>[]>;
  /** True when the whole batch may have failed for one entry's data: then each is tried by itself. */
  isDataFault: (error: unknown) => boolean;
  /** True when nothing can be stored for now. */
  isOutage: (error: unknown) => boolean;
  full: () => Error;
};

export class UserQueue<Entry, Result> {
  readonly #options: UserQueueOptions<Entry, Result>;
  /** Who has something that waits or is under way. */
  readonly #users = new Map<string, User<Entry, Result>>();
  /** Of those who are not busy: who has an entry for a batch first, and who something that runs alone. */
  readonly #withEntries = new Set<User<Entry, Result>>();
  readonly #withAlone = new Set<User<Entry, Result>>();
  readonly #idle = new Set<Act>();
  #waiting = 0;
  #alone = 0;
  #isBatching = false;

  constructor(options: UserQueueOptions<Entry, Result>) {
    this.#options = options;
  }

  /** Joins the batch that is gathering. */
  add(userId: string, entry: Entry): Promise<Result> {
    return new Promise((resolve, reject) => this.#push(userId, { entry, resolve, reject }));
  }

  /** Runs by itself, after all that came before it from this user and before all that comes after. */
  alone<T>(userId: string, task: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      // What throws before it has begun fails like any other: it must not end the queue.
      const settling = async () => resolve(await task());
      this.#push(userId, { task: () => settling().catch(reject) });
    });
  }

  /** Settles when nothing waits and nothing runs. */
  async drained(): Promise<void> {
    while (this.#users.size > 0) await new Promise<void>((resolve) => this.#idle.add(resolve));
  }

  #push(id: string, item: Waiting<Entry, Result>): void {
    if (this.#waiting >= this.#options.maxWaiting) throw this.#options.full();
    const user = this.#users.get(id) ?? { id, waiting: [], isBusy: false };
    this.#users.set(id, user);
    user.waiting.push(item);
    this.#waiting += 1;
    this.#place(user);
  }

  /** By what they have first. */
  #place(user: User<Entry, Result>): void {
    const [first] = user.waiting;
    if (user.isBusy) return;
    if (!first) this.#leave(user);
    else if (runsAlone(first)) {
      this.#withAlone.add(user);
      this.#runAlone();
    } else {
      this.#withEntries.add(user);
      if (!this.#isBatching) void this.#runBatches();
    }
  }

  #leave(user: User<Entry, Result>): void {
    this.#users.delete(user.id);
    if (this.#users.size > 0) return;
    for (const resolve of this.#idle) resolve();
    this.#idle.clear();
  }

  #free(user: User<Entry, Result>): void {
    user.isBusy = false;
    this.#place(user);
  }

  #runAlone(): void {
    for (const user of this.#withAlone) {
      if (this.#alone >= this.#options.maxAlone) return;
      this.#withAlone.delete(user);
      user.isBusy = true;
      this.#alone += 1;
      void this.#first(user).finally(() => {
        this.#alone -= 1;
        this.#free(user);
        this.#runAlone();
      });
    }
  }

  /** Never rejects. */
  async #first(user: User<Entry, Result>): Promise<void> {
    const item = user.waiting.shift();
    this.#waiting -= 1;
    if (!item) return;
    if ("task" in item) return item.task();
    try {
      if ("alone" in item) item.resolve(await item.alone());
    } catch (error) {
      item.reject(error);
      if (this.#options.isOutage(error)) this.#refuse([user], error);
    }
  }

  async #runBatches(): Promise<void> {
    this.#isBatching = true;
    // Packets that arrived together go together.
    await oneTurn();
    let tellLast: Act | undefined;
    while (this.#withEntries.size > 0 || tellLast) {
      if (this.#withEntries.size > 0) tellLast = await this.#settle(this.#takeBatch(), tellLast);
      else {
        // Nobody may be left untold.
        tellLast?.();
        tellLast = undefined;
      }
    }
    this.#isBatching = false;
  }

  /** Whoever came first, all that they have for it. */
  #takeBatch(): Taken<Entry, Result>[] {
    const batch: Taken<Entry, Result>[] = [];
    for (const user of this.#withEntries) {
      if (batch.length === this.#options.maxBatch) break;
      this.#withEntries.delete(user);
      user.isBusy = true;
      for (const item of takeEntries(user, this.#options.maxBatch - batch.length)) batch.push({ user, item });
    }
    this.#waiting -= batch.length;
    return batch;
  }

  /** @returns what is left to do once the next batch is on its way */
  async #settle(batch: readonly Taken<Entry, Result>[], tellLast: Act | undefined): Promise<Act | undefined> {
    const answering = this.#attempt(batch);
    if (tellLast) {
      // Looked at below.
      answering.catch(() => {});
      // The database works while people are told what it has done: it is asked in this turn, they are told in the next.
      await oneTurn();
      tellLast();
    }
    const users = new Set(batch.map(({ user }) => user));
    try {
      const outcomes = await answering;
      if (outcomes) return this.#answer(batch, outcomes, users);
    } catch (outage) {
      for (const { item } of batch) item.reject(outage);
      // Were a later one of the same sender stored while an earlier is refused, the repeat of the earlier would come after it.
      this.#refuse(this.#users.values(), outage);
    }
    for (const user of users) this.#free(user);
    return undefined;
  }

  #answer(
    batch: readonly Taken<Entry, Result>[],
    outcomes: readonly Settled<Result>[],
    users: ReadonlySet<User<Entry, Result>>,
  ): Act | undefined {
    const tellAll = (): void => {
      for (const [i, { item }] of batch.entries()) tell(item, outcomes[i]);
    };
    const freeAll = (some: Iterable<User<Entry, Result>>): void => {
      for (const user of some) this.#free(user);
    };
    const goOn = new Set([...users].filter(({ waiting: [next] }) => next !== undefined && !runsAlone(next)));
    const isNext = this.#withEntries.size > 0 || goOn.size > 0;
    if (isNext && outcomes.every((outcome) => "done" in outcome)) {
      freeAll(goOn);
      // What somebody does alone comes after they have been told.
      return () => {
        tellAll();
        freeAll([...users].filter((user) => !goOn.has(user)));
      };
    }
    tellAll();
    this.#putFirst(batch, outcomes);
    freeAll(users);
    return undefined;
  }

  /** What a batch could not decide, before all that its user has sent since. */
  #putFirst(batch: readonly Taken<Entry, Result>[], outcomes: readonly Settled<Result>[]): void {
    for (const [i, { user, item }] of [...batch.entries()].reverse()) {
      const outcome = outcomes[i];
      if (!outcome || "done" in outcome) continue;
      user.waiting.unshift({ ...item, alone: outcome.alone });
      this.#waiting += 1;
    }
  }

  /** Everything of theirs that waits and would be sent again; tasks meet the outage themselves. */
  #refuse(users: Iterable<User<Entry, Result>>, outage: unknown): void {
    for (const user of [...users]) {
      const entries = user.waiting.filter(isEntry);
      user.waiting = user.waiting.filter((item) => !isEntry(item));
      this.#waiting -= entries.length;
      for (const item of entries) item.reject(outage);
      if (user.isBusy || entries.length === 0) continue;
      this.#withEntries.delete(user);
      this.#withAlone.delete(user);
      this.#place(user);
    }
  }

  /** @throws only for an outage. @returns undefined when each entry has been seen to by itself */
  async #attempt(batch: readonly Taken<Entry, Result>[]): Promise<readonly Settled<Result>[] | undefined> {
    try {
      return await this.#options.runBatch(batch.map(({ item }) => item.entry));
    } catch (error) {
      if (this.#options.isOutage(error)) throw error;
      if (batch.length > 1 && this.#options.isDataFault(error)) await this.#oneByOne(batch);
      else for (const { item } of batch) item.reject(error);
      return undefined;
    }
  }

  /** @throws only for an outage */
  async #oneByOne(batch: readonly Taken<Entry, Result>[]): Promise<void> {
    /** From the first that runs alone on, in their order. */
    const later = new Map<User<Entry, Result>, Waiting<Entry, Result>[]>();
    for (const taken of batch) {
      const { user, item } = taken;
      const behind = later.get(user);
      if (behind) {
        behind.push(item);
        continue;
      }
      const [outcome] = (await this.#attempt([taken])) ?? [undefined];
      if (outcome && "alone" in outcome) later.set(user, [{ ...item, alone: outcome.alone }]);
      else tell(item, outcome);
    }
    for (const [user, items] of later) {
      user.waiting.unshift(...items);
      this.#waiting += items.length;
    }
  }
}

const oneTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function isEntry<Entry, Result>(item: Waiting<Entry, Result>): item is Batched<Entry, Result> {
  return !("task" in item);
}

function runsAlone<Entry, Result>(item: Waiting<Entry, Result>): boolean {
  return "task" in item || "alone" in item;
}

/** The entries at the head of what waits, up to what runs alone. */
function takeEntries<Entry, Result>(user: User<Entry, Result>, max: number): Batched<Entry, Result>[] {
  const end = user.waiting.findIndex(runsAlone);
  return user.waiting.splice(0, Math.min(max, end < 0 ? user.waiting.length : end)) as Batched<Entry, Result>[];
}

/** What runs alone is told later. Rejecting what is settled already does nothing. */
function tell<Entry, Result>(item: Batched<Entry, Result>, outcome: Settled<Result> | undefined): void {
  if (!outcome) item.reject(new Error("a batch answered fewer outcomes than it had entries"));
  else if ("done" in outcome) item.resolve(outcome.done);
}
