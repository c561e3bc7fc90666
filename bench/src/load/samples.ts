/** Measured times of one drive, in milliseconds: grows without allocating for each one. */
export class Samples {
  #values = new Float64Array(1 << 14);
  #size = 0;

  add(value: number): void {
    if (this.#size === this.#values.length) {
      const larger = new Float64Array(this.#size * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.#size++] = value;
  }

  all(): Float64Array {
    return this.#values.slice(0, this.#size);
  }
}
