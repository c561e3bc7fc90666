/** One connection of a client through a TCP proxy: two sockets, two pipes, and what the rules make of them. Used by tcpProxy.ts. */
import type { Socket } from "node:net";
import type { AppliedRule } from "./appliedRule.ts";
import { type Piece, Pipe, slam } from "./tcpPipe.ts";
import type { Direction, LinkView } from "./tcpRules.ts";

const HEAD_BYTES = 4_096;
/** What strikes with each piece, the end of a side included. */
const COUNTED: ReadonlySet<string> = new Set(["delay", "slow", "hold", "blackhole"]);

export type LinkOptions = {
  readonly id: number;
  readonly near: Socket;
  readonly far: Socket;
  /** The rule in force for this piece. */
  judge(direction: Direction, piece: Buffer, link: LinkView): AppliedRule | undefined;
};

export class Link implements LinkView {
  readonly id: number;
  head = "";
  readonly #near: Socket;
  readonly #far: Socket;
  readonly #judge: LinkOptions["judge"];
  readonly #pipes: Record<Direction, Pipe>;
  /** Resolves when both sides are gone. */
  readonly gone: Promise<unknown>;
  #isOver = false;

  constructor({ id, near, far, judge }: LinkOptions) {
    this.id = id;
    this.#near = near;
    this.#far = far;
    this.#judge = judge;
    this.#pipes = {
      up: new Pipe({ from: near, to: far, take: (what) => this.#take("up", what) }),
      down: new Pipe({ from: far, to: near, take: (what) => this.#take("down", what) }),
    };
    this.gone = Promise.all([near, far].map((socket) => new Promise((resolve) => socket.once("close", resolve))));
  }

  /** RST to both sides, now. */
  reset(): void {
    this.#isOver = true;
    for (const pipe of Object.values(this.#pipes)) pipe.stop();
    slam(this.#near);
    slam(this.#far);
  }

  /** Delivers what the rule held; a side whose other went away unheard is told now. */
  lifted(rule: AppliedRule): void {
    const pipes = Object.values(this.#pipes);
    if (pipes.some((pipe) => pipe.deafBy === rule && pipe.hasEnded)) this.reset();
    for (const pipe of pipes) pipe.pump();
  }

  #take(direction: Direction, what: Piece): void {
    if (this.#isOver) return;
    if (direction === "up" && this.head.length < HEAD_BYTES) this.head += what.bytes.toString("latin1", 0, HEAD_BYTES);
    const pipe = this.#pipes[direction];
    const rule = pipe.deafBy ?? this.#judge(direction, what.bytes, this);
    if (!rule) pipe.pass(what);
    else if (pipe.deafBy) this.#swallow(rule, direction, what);
    else this.#treat(rule.take(), direction, what);
  }

  #treat(rule: AppliedRule, direction: Direction, what: Piece): void {
    const { treatment } = rule;
    const pipe = this.#pipes[direction];
    if (COUNTED.has(treatment.kind)) rule.strike({ link: this, direction, bytes: what.bytes.length });
    if (treatment.kind === "delay") pipe.delay(what, treatment.ms);
    else if (treatment.kind === "slow") pipe.slow(what, treatment.ms);
    else if (treatment.kind === "hold") pipe.hold(what, rule);
    else if (treatment.kind === "blackhole") pipe.deafBy = rule;
    // What follows is about words: the end of a side passes.
    else if (what.ending || treatment.kind === "pass") pipe.pass(what);
    else if (treatment.kind === "reset") this.#resetBy(rule, direction, what);
    else if (treatment.kind === "cutAfter") this.#cutAfter(rule, direction, what);
    else {
      this.#pipes.down.deafBy = rule;
      pipe.pass(what);
    }
  }

  #resetBy(rule: AppliedRule, direction: Direction, { bytes }: Piece): void {
    rule.strike({ link: this, direction, bytes: bytes.length });
    this.reset();
  }

  #cutAfter(rule: AppliedRule, direction: Direction, { bytes }: Piece): void {
    const allowed = rule.allowance(this, bytes.length);
    this.#pipes[direction].pass({ bytes: bytes.subarray(0, allowed) });
    if (allowed === bytes.length) return;
    this.#isOver = true;
    rule.strike({ link: this, direction, bytes: bytes.length - allowed });
    const [from, to] = direction === "up" ? [this.#near, this.#far] : [this.#far, this.#near];
    slam(from);
    // What was allowed has to leave first: a reset would overtake it.
    to.end(() => slam(to));
  }

  /** On a pipe that says nothing any more. */
  #swallow(rule: AppliedRule, direction: Direction, { bytes, ending }: Piece): void {
    if (!ending) rule.strike({ link: this, direction, bytes: bytes.length });
    if (rule.treatment.kind !== "dropReply" || rule.treatment.link !== "cut") return;
    this.#isOver = true;
    slam(this.#near);
    // Ended, not reset: the server reads everything that it was given.
    this.#far.end();
  }
}
