/** A rule while it is in force: how often it struck, and whether it has been lifted. Made by tcpProxy.ts, asked by tcpLink.ts. */
import type { Direction, LinkView, LogLine, Rule, Treatment } from "./tcpRules.ts";

export type Strike = { readonly link: LinkView; readonly direction: Direction; readonly bytes: number };

export class AppliedRule {
  /** Resolves when it has done something for the first time. */
  readonly struck: Promise<LogLine>;
  readonly #rule: Rule;
  readonly #tell: (applied: AppliedRule, line: LogLine) => void;
  readonly #lifted: (applied: AppliedRule) => void;
  readonly #passed = new Map<number, number>();
  #strikes = 0;
  #taken = 0;
  #isLifted = false;
  #onStruck: (line: LogLine) => void = () => {};

  constructor(
    rule: Rule,
    { tell, lifted }: { tell(applied: AppliedRule, line: LogLine): void; lifted(applied: AppliedRule): void },
  ) {
    this.#rule = rule;
    this.#tell = tell;
    this.#lifted = lifted;
    this.struck = new Promise((resolve) => {
      this.#onStruck = resolve;
    });
  }

  get name(): string {
    return this.#rule.name ?? this.#rule.do.kind;
  }

  get treatment(): Treatment {
    return this.#rule.do;
  }

  /** Pieces it has been applied to. */
  get strikes(): number {
    return this.#strikes;
  }

  get isLifted(): boolean {
    return this.#isLifted;
  }

  /** What is held arrives now; what is delayed arrives as late as it was to. */
  lift(): void {
    if (this.#isLifted) return;
    this.#isLifted = true;
    this.#lifted(this);
  }

  /** @param piece empty when a side has ended: only rules for every piece speak of that */
  fits(direction: Direction, piece: Buffer, link: LinkView): boolean {
    const { times = Number.POSITIVE_INFINITY, links, on } = this.#rule;
    const looksAt = this.treatment.kind === "dropReply" ? "up" : (this.#rule.direction ?? direction);
    if (this.#isLifted || this.#taken >= times || looksAt !== direction) return false;
    if (links && !links(link)) return false;
    return on ? piece.length > 0 && on(piece) : true;
  }

  /** Counts against `times`. */
  take(): this {
    this.#taken += 1;
    return this;
  }

  /** How many bytes of this piece may still pass. */
  allowance(link: LinkView, bytes: number): number {
    if (this.treatment.kind !== "cutAfter") return bytes;
    const before = this.#passed.get(link.id) ?? 0;
    this.#passed.set(link.id, before + bytes);
    return Math.max(0, Math.min(bytes, this.treatment.bytes - before));
  }

  strike({ link, direction, bytes }: Strike): void {
    this.#strikes += 1;
    const line = { at: new Date().toISOString(), rule: this.name, link: link.id, direction, bytes };
    this.#tell(this, line);
    this.#onStruck(line);
  }
}
