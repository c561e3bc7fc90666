/** What one device has been told over all its connections, and waiting for what it has yet to be told. */
import type { VisitorNotice, VisitorNoticeName } from "@baton/shared/notices";
import type { Heard } from "./line.ts";

/** What comes later than this is no longer live. */
const HEARD_WITHIN_MS = 5_000;

export class Ears {
  readonly #heard: Heard[] = [];
  readonly #looking = new Set<() => void>();
  readonly #waiting = new Set<() => void>();

  /** How much was heard so far: a place to listen from. */
  get count(): number {
    return this.#heard.length;
  }

  hear(heard: Heard): void {
    this.#heard.push(heard);
    for (const look of this.#looking) look();
  }

  of<E extends VisitorNoticeName>(event: E, since = 0): VisitorNotice<E>[] {
    return this.#heard
      .slice(since)
      .filter((heard) => heard.event === event)
      .map(({ data }) => data as VisitorNotice<E>);
  }

  /** The first that was or will be heard from `since` on; undefined when it is not heard in time. */
  async hears<E extends VisitorNoticeName>(
    event: E,
    fits: (data: VisitorNotice<E>) => boolean = () => true,
    { since = 0, withinMs = HEARD_WITHIN_MS } = {},
  ): Promise<VisitorNotice<E> | undefined> {
    return new Promise((resolve) => {
      const end = (found: VisitorNotice<E> | undefined) => {
        clearTimeout(tooLate);
        this.#looking.delete(look);
        this.#waiting.delete(giveUp);
        resolve(found);
      };
      const look = () => {
        const found = this.of(event, since).find(fits);
        if (found !== undefined) end(found);
      };
      const giveUp = () => end(undefined);
      const tooLate = setTimeout(giveUp, withinMs);
      this.#looking.add(look);
      this.#waiting.add(giveUp);
      look();
    });
  }

  /** Whoever waits, waits no longer. */
  giveUp(): void {
    for (const end of this.#waiting) end();
  }
}
