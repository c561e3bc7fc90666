/** Waiting that can be ended: a page that leaves waits for nothing any more. */

export class Pauses {
  readonly #ends = new Set<() => void>();
  #isOver = false;

  wait(ms: number): Promise<void> {
    if (this.#isOver) return Promise.resolve();
    return new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        this.#ends.delete(end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      this.#ends.add(end);
    });
  }

  end(): void {
    this.#isOver = true;
    for (const end of [...this.#ends]) end();
  }
}
