/** Waiting until something is so: looked at again whenever something has happened. Used by the raw ends of connections. */
const WITHIN_MS = 15_000;

export class Lookout {
  readonly #looks = new Set<() => void>();
  readonly #soFar: () => string;

  /** @param soFar what has happened until now, for whoever waited in vain */
  constructor(soFar: () => string) {
    this.#soFar = soFar;
  }

  /** Something has happened. */
  look(): void {
    for (const look of this.#looks) look();
  }

  /** Resolves with what `find` finds, now or later. */
  until<T>(find: () => T | undefined): Promise<T> {
    return new Promise((resolve, reject) => {
      const done = (): void => {
        clearTimeout(giveUp);
        this.#looks.delete(look);
      };
      const giveUp = setTimeout(() => {
        done();
        reject(new Error(`waited in vain; so far: ${this.#soFar().slice(0, 2_000)}`));
      }, WITHIN_MS);
      const look = (): void => {
        const found = find();
        if (found === undefined) return;
        done();
        resolve(found);
      };
      this.#looks.add(look);
      look();
    });
  }
}
