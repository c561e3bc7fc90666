/**
 * Lanes of work with one thing in flight each: either a batch of entries, or a task that runs alone.
 * A user always has the same lane, so what one person does happens in the order in which it arrived, also across a
 * change of session; and while one batch is on its way the next gathers, with no timer and no delay at rest.
 */

/**
 * What became of one entry of a batch: done, or to be run alone when the batch is over. So after an entry that runs
 * alone nothing later of the same owner may be done in that batch: whoever answers sees to it.
 */
export type Settled<Result> = { done: Result } | { alone: () => Promise<Result> };

type Batched<Entry, Result> = { entry: Entry; resolve: (result: Result) => void; reject: (error: unknown) => void };
type Waiting<Entry, Result> = Batched<Entry, Result> | { task: () => Promise<void> };

type Act = () => void;

type Lane<Entry, Result> = { waiting: Waiting<Entry, Result>[]; running: boolean };

export type LaneQueueOptions<Entry, Result> = {
  lanes: number;
  maxBatch: number;
  /** Entries and tasks waiting in one lane; one more is `full`. */
  maxWaiting: number;
  /** One round trip for all entries; rejects only when none of them happened. */
  runBatch: (entries: readonly Entry[]) => Promise<readonly Settled<Result>[]>;
  /** True when the whole batch may have failed for one entry's data: then each is tried by itself. */
  isDataFault: (error: unknown) => boolean;
  /** True when nothing can be stored for now. */
  isOutage: (error: unknown) => boolean;
  full: () => Error;
};

export class LaneQueue<Entry, Result> {
  readonly #options: LaneQueueOptions<Entry, Result>;
  readonly #lanes: Lane<Entry, Result>[];
  readonly #idle = new Set<() => void>();

  constructor(options: LaneQueueOptions<Entry, Result>) {
    this.#options = options;
    this.#lanes = Array.from({ length: options.lanes }, () => ({ waiting: [], running: false }));
  }

  /** Joins the batch that is gathering in the lane of `owner`. */
  add(owner: string, entry: Entry): Promise<Result> {
    return new Promise((resolve, reject) => this.#push(owner, { entry, resolve, reject }));
  }

  /** Runs by itself in the lane of `owner`, after all that came before it and before all that comes after. */
  alone<T>(owner: string, task: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      // What throws before it has begun fails like any other: it must not end the lane.
      const settling = async () => resolve(await task());
      this.#push(owner, { task: () => settling().catch(reject) });
    });
  }

  /** Settles when nothing waits and nothing runs. */
  async drained(): Promise<void> {
    while (this.#lanes.some((lane) => lane.running)) await new Promise<void>((resolve) => this.#idle.add(resolve));
  }

  #push(owner: string, item: Waiting<Entry, Result>): void {
    const lane = this.#lanes[laneOf(owner, this.#lanes.length)];
    if (!lane || lane.waiting.length >= this.#options.maxWaiting) throw this.#options.full();
    lane.waiting.push(item);
    if (!lane.running) void this.#run(lane);
  }

  async #run(lane: Lane<Entry, Result>): Promise<void> {
    lane.running = true;
    // Packets that arrived together go together.
    await oneTurn();
    let tellLast: Act | undefined;
    while (lane.waiting.length > 0) {
      const batch = takeBatch(lane.waiting, this.#options.maxBatch);
      if (batch.length > 0) tellLast = await this.#settle(lane, batch, tellLast);
      else await takeTask(lane.waiting)?.();
    }
    lane.running = false;
    for (const resolve of this.#idle) resolve();
    this.#idle.clear();
  }

  /** @returns what is left to do once the next batch is on its way */
  async #settle(
    lane: Lane<Entry, Result>,
    batch: readonly Batched<Entry, Result>[],
    tellLast: Act | undefined,
  ): Promise<Act | undefined> {
    const answering = this.#attempt(batch);
    if (tellLast) {
      // Looked at below.
      answering.catch(() => {});
      // The database works while people are told what it has done: it is asked in this turn, they are told in the next.
      await oneTurn();
      tellLast();
    }
    try {
      const outcomes = await answering;
      if (!outcomes) return undefined;
      const tellAll = (): void => {
        for (const [i, item] of batch.entries()) tell(item, outcomes[i]);
      };
      if (isAllDone(outcomes) && isBatchNext(lane.waiting)) return tellAll;
      // What has happened is told first: the turn of an entry that runs alone may meet an outage.
      tellAll();
      for (const [i, item] of batch.entries()) await this.#finish(item, outcomes[i]);
    } catch (outage) {
      // Rejecting what is settled already does nothing.
      for (const item of [...batch, ...takeEntries(lane.waiting)]) item.reject(outage);
    }
    return undefined;
  }

  /** @throws only for an outage. @returns undefined when each entry has been told by itself */
  async #attempt(batch: readonly Batched<Entry, Result>[]): Promise<readonly Settled<Result>[] | undefined> {
    try {
      return await this.#options.runBatch(batch.map((item) => item.entry));
    } catch (error) {
      if (this.#options.isOutage(error)) throw error;
      if (batch.length > 1 && this.#options.isDataFault(error)) {
        for (const item of batch) await this.#one(item);
      } else for (const item of batch) item.reject(error);
      return undefined;
    }
  }

  /** @throws only for an outage */
  async #one(item: Batched<Entry, Result>): Promise<void> {
    const outcomes = await this.#attempt([item]);
    if (!outcomes) return;
    tell(item, outcomes[0]);
    await this.#finish(item, outcomes[0]);
  }

  /** @throws only for an outage */
  async #finish(item: Batched<Entry, Result>, outcome: Settled<Result> | undefined): Promise<void> {
    if (!outcome || "done" in outcome) return;
    try {
      item.resolve(await outcome.alone());
    } catch (error) {
      if (this.#options.isOutage(error)) throw error;
      item.reject(error);
    }
  }
}

const oneTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function isAllDone<Result>(outcomes: readonly Settled<Result>[]): boolean {
  return outcomes.every((outcome) => "done" in outcome);
}

/** Whether an entry comes next, and no task. */
function isBatchNext<Entry, Result>([next]: readonly Waiting<Entry, Result>[]): boolean {
  return next !== undefined && !("task" in next);
}

function tell<Entry, Result>(item: Batched<Entry, Result>, outcome: Settled<Result> | undefined): void {
  if (!outcome) item.reject(new Error("a batch answered fewer outcomes than it had entries"));
  else if ("done" in outcome) item.resolve(outcome.done);
}

/**
 * All entries that wait, taken out. In an outage they are refused with the one that met it: if a later one of the same
 * sender were stored while an earlier is refused, the repeat of the earlier would come after it.
 */
function takeEntries<Entry, Result>(waiting: Waiting<Entry, Result>[]): Batched<Entry, Result>[] {
  const entries = waiting.filter((item): item is Batched<Entry, Result> => !("task" in item));
  const tasks = waiting.filter((item) => "task" in item);
  waiting.splice(0, waiting.length, ...tasks);
  return entries;
}

/** FNV-1a: cheap, even, and the same on every node, though nothing relies on the last. */
function laneOf(owner: string, lanes: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < owner.length; i++) hash = Math.imul(hash ^ owner.charCodeAt(i), 0x01000193);
  return (hash >>> 0) % lanes;
}

/** The entries at the head of the lane, up to the first task. */
function takeBatch<Entry, Result>(waiting: Waiting<Entry, Result>[], max: number): Batched<Entry, Result>[] {
  let count = 0;
  while (count < max && count < waiting.length && !("task" in (waiting[count] ?? {}))) count += 1;
  return waiting.splice(0, count) as Batched<Entry, Result>[];
}

function takeTask<Entry, Result>(waiting: Waiting<Entry, Result>[]): (() => Promise<void>) | undefined {
  const item = waiting.shift();
  return item && "task" in item ? item.task : undefined;
}
