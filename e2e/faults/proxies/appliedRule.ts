/** A rule while it is in force: what it did, and whether it has been lifted. Both proxies make them; tests hold them. */
type Parts<Treatment, Line> = {
  readonly name: string;
  readonly treatment: Treatment;
  /** How many pieces or packets it is for. */
  readonly times: number | undefined;
  tell(line: Line): void;
  lifted(applied: AppliedRule<Treatment, Line>): void;
};

export class AppliedRule<Treatment, Line> {
  readonly name: string;
  readonly treatment: Treatment;
  /** Resolves when it has done something for the first time. */
  readonly struck: Promise<Line>;
  readonly #parts: Parts<Treatment, Line>;
  #left: number;
  #strikes = 0;
  #isLifted = false;
  #onStruck: (line: Line) => void = () => {};

  constructor(parts: Parts<Treatment, Line>) {
    this.#parts = parts;
    this.name = parts.name;
    this.treatment = parts.treatment;
    this.#left = parts.times ?? Number.POSITIVE_INFINITY;
    this.struck = new Promise((resolve) => {
      this.#onStruck = resolve;
    });
  }

  /** How often it has done something. */
  get strikes(): number {
    return this.#strikes;
  }

  get isLifted(): boolean {
    return this.#isLifted;
  }

  /** It takes no more: lifted, or its `times` are over. */
  get isOver(): boolean {
    return this.#isLifted || this.#left <= 0;
  }

  /** What is held arrives now; what is delayed arrives as late as it was to. */
  lift(): void {
    if (this.#isLifted) return;
    this.#isLifted = true;
    this.#parts.lifted(this);
  }

  /** Counts against `times`. */
  take(): this {
    this.#left -= 1;
    return this;
  }

  strike(line: Line): void {
    this.#strikes += 1;
    this.#parts.tell(line);
    this.#onStruck(line);
  }
}
