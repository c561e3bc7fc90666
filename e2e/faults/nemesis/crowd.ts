/**
 * People who talk all at once, in waves, and count what is acknowledged, so that faults can be told to come at the n-th
 * acknowledgement. Gathered by stage.ts for each run.
 */
import type { VisitorNotice } from "@baton/shared/notices";
import type { Told } from "../history/events.ts";
import type { Page } from "./page.ts";
import { Person } from "./person.ts";
import type { Random } from "./random.ts";
import { type Routes, WAYS } from "./routes.ts";

export type CrowdOptions = {
  readonly people: number;
  /** In [0, 1]: how many have two devices. */
  readonly withTwoDevices: number;
  /** Everybody writes one word in each wave. */
  readonly waveEveryMs: number;
  /** How many go on with their other device in each wave. */
  readonly changesEachWave: number;
  readonly patienceMs: number;
  /** In [0, 1]: how many wait for an answer as long as it takes; none when left out. */
  readonly stubborn?: number;
  /** Of four pages so many reach their node directly; the others through proxies, if any. */
  readonly directOfFour: number;
};

export type CrowdParts = CrowdOptions & {
  readonly routes: Routes;
  readonly random: Random;
  /** Before each name: two crowds do not know each other's people. */
  readonly prefix: string;
  record(event: Told): void;
};

/** Longer than any node is frozen, and than Socket.IO waits: the line ends first. */
const STUBBORN_MS = 120_000;
/** Without a single acknowledgement for so long a run is stuck, and says so. */
const STUCK_AFTER_MS = 45_000;
/** How many say their last word otherwise in each wave, or take it back. */
const REGRETS_EACH_WAVE = 0.5;

type Waiting = { readonly at: number; resolve(): void };

export class Crowd {
  readonly people: readonly Person[];
  /** What no good client should ever be told. */
  readonly troubles: string[] = [];
  /** What connections were told before they were ended. */
  readonly closings: VisitorNotice<"closing">[] = [];
  /** From when a word was written until it was acknowledged, ms. */
  readonly ackedAfterMs: number[] = [];
  readonly #parts: CrowdParts;
  #acks = 0;
  #waiting: readonly Waiting[] = [];
  #waves: NodeJS.Timeout | undefined;
  readonly #atEachAck = new Set<() => void>();

  constructor(parts: CrowdParts) {
    this.#parts = parts;
    const { people, withTwoDevices, random, prefix, stubborn = 0 } = parts;
    this.people = Array.from({ length: people }, (_, i) => {
      const hasTwo = i < people * withTwoDevices;
      const firstNode = random.between(0, 100);
      const ways = [0, 1].slice(0, hasTwo ? 2 : 1).map((n) => ({ way: this.#way(i + n), firstNode: firstNode + n }));
      const patienceMs = random.next() < stubborn ? STUBBORN_MS : parts.patienceMs;
      return new Person({ ...this.#shared(), patienceMs, name: `${prefix}${i + 1}`, ways, random: random.branch() });
    });
  }

  get pages(): readonly Page[] {
    return this.people.flatMap(({ pages }) => pages);
  }

  /** Those that have not left and were not told to stay away. */
  get present(): readonly Page[] {
    return this.pages.filter((page) => !page.isOver);
  }

  get patienceMs(): number {
    return this.#parts.patienceMs;
  }

  get acked(): number {
    return this.#acks;
  }

  async arrive(): Promise<void> {
    await Promise.all(this.people.map((person) => person.arrive()));
  }

  beginToTalk(): void {
    this.#waves ??= setInterval(() => this.wave(), this.#parts.waveEveryMs);
  }

  stopTalking(): void {
    clearInterval(this.#waves);
    this.#waves = undefined;
  }

  /** Everybody writes a word at once. */
  wave(): void {
    for (const person of this.people) person.write();
    for (const person of this.#some(this.#parts.changesEachWave)) void person.changeDevice();
    for (const person of this.#some(REGRETS_EACH_WAVE)) void person.changeMind();
  }

  /** @param count on the average */
  #some(count: number): Person[] {
    const { random } = this.#parts;
    const whole = Math.floor(count) + (random.next() < count % 1 ? 1 : 0);
    return Array.from({ length: whole }, () => random.pick(this.people));
  }

  /** Resolves at the n-th acknowledgement from now. @throws when there is none for very long */
  acks(count: number): Promise<void> {
    return new Promise((resolve, reject) => {
      let seen = -1;
      const watch = setInterval(() => {
        if (this.#acks === seen) {
          clearInterval(watch);
          reject(new Error(`nothing was acknowledged for ${STUCK_AFTER_MS} ms, after ${this.#acks} words`));
        }
        seen = this.#acks;
      }, STUCK_AFTER_MS);
      const done = () => {
        clearInterval(watch);
        resolve();
      };
      this.#waiting = [...this.#waiting, { at: this.#acks + count, resolve: done }];
    });
  }

  /** Acts at every n-th acknowledgement, until the answer is called. */
  everyAcks(count: number, act: () => void): () => void {
    let left = count;
    const look = () => {
      left -= 1;
      if (left > 0) return;
      left = count;
      act();
    };
    this.#atEachAck.add(look);
    return () => void this.#atEachAck.delete(look);
  }

  leave(): void {
    this.stopTalking();
    for (const person of this.people) person.leave();
  }

  #shared() {
    const { routes, record } = this.#parts;
    return {
      routes,
      record,
      onKept: ({ writtenAt }: { writtenAt: number }) => this.#count(performance.now() - writtenAt),
      closing: (told: VisitorNotice<"closing">) => void this.closings.push(told),
      trouble: (words: string) => void this.troubles.push(words),
    };
  }

  #way(index: number) {
    const { directOfFour } = this.#parts;
    const place = index % 4;
    return place < directOfFour ? WAYS[0] : (WAYS[1 + (place % 2)] ?? WAYS[0]);
  }

  #count(afterMs: number): void {
    this.#acks += 1;
    this.ackedAfterMs.push(afterMs);
    for (const look of [...this.#atEachAck]) look();
    const due = this.#waiting.filter(({ at }) => at <= this.#acks);
    if (due.length === 0) return;
    this.#waiting = this.#waiting.filter(({ at }) => at > this.#acks);
    for (const { resolve } of due) resolve();
  }
}
