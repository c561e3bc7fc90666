/**
 * A value that tells when it has changed. Twenty lines instead of a signals library: the panel is small enough to be drawn
 * again as a whole, and 2.9 KB gzip are worth more to a host page than the finest updates.
 */
export type Cell<T> = { value: T };

/** Changes of one turn are told once, after it. */
export class Changes {
  readonly #watchers = new Set<() => void>();
  #due = false;

  readonly tell = (): void => {
    if (this.#due) return;
    this.#due = true;
    queueMicrotask(() => {
      this.#due = false;
      for (const watcher of this.#watchers) watcher();
    });
  };

  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  cell<T>(initial: T): Cell<T> {
    const { tell } = this;
    let held = initial;
    return {
      get value() {
        return held;
      },
      set value(next) {
        if (Object.is(held, next)) return;
        held = next;
        tell();
      },
    };
  }
}
