/**
 * What the drill has started, and how each is ended: in order, the last one first; or, where the drill itself breaks, at once, so that
 * no process outlives it. Used by ownInstallation.ts.
 */

export type Undo = {
  properly(): Promise<unknown>;
  /** A signal and no more: this process is ending. */
  atOnce?(): void;
};

export class Undoing {
  readonly #steps: Undo[] = [];
  readonly #atExit = (): void => {
    for (const { atOnce } of this.#steps.splice(0).reverse()) atOnce?.();
  };

  constructor() {
    process.on("exit", this.#atExit);
  }

  add(step: Undo): void {
    this.#steps.push(step);
  }

  /** Every step, also after one that failed. @throws the first failure */
  async close(): Promise<void> {
    const failures: unknown[] = [];
    for (let step = this.#steps.at(-1); step; step = this.#steps.at(-1)) {
      await step.properly().catch((error: unknown) => failures.push(error));
      this.#steps.pop();
    }
    process.off("exit", this.#atExit);
    if (failures.length > 0) throw failures[0];
  }
}
