/** One connection of a client through a TCP proxy: two sockets, two pipes, and what the rules make of them. Used by tcpProxy.ts. */
import type { Socket } from "node:net";
import { type Piece, Pipe, slam } from "./tcpPipe.ts";
import type { Direction, LinkView, TcpRule } from "./tcpRules.ts";

const HEAD_BYTES = 4_096;
/** What strikes with each piece, the end of a side included. */
const COUNTED: ReadonlySet<string> = new Set(["delay", "slow", "hold", "blackhole"]);

export type LinkOptions = {
  readonly id: number;
  readonly near: Socket;
  readonly far: Socket;
  /** The rule in force for this piece. */
  judge(direction: Direction, piece: Buffer, link: LinkView): TcpRule | undefined;
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
  /** Bytes let through by each `cutAfter`. */
  readonly #passed = new Map<TcpRule, number>();
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
  lifted(rule: TcpRule): void {
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

  #treat(rule: TcpRule, direction: Direction, what: Piece): void {
    const { treatment } = rule;
    const pipe = this.#pipes[direction];
    if (COUNTED.has(treatment.kind)) this.#strike(rule, direction, what.bytes.length);
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

  #resetBy(rule: TcpRule, direction: Direction, { bytes }: Piece): void {
    this.#strike(rule, direction, bytes.length);
    this.reset();
  }

  #cutAfter(rule: TcpRule, direction: Direction, { bytes }: Piece): void {
    const limit = rule.treatment.kind === "cutAfter" ? rule.treatment.bytes : 0;
    const before = this.#passed.get(rule) ?? 0;
    const allowed = Math.min(bytes.length, limit - before);
    this.#passed.set(rule, before + bytes.length);
    this.#pipes[direction].pass({ bytes: bytes.subarray(0, allowed) });
    if (allowed === bytes.length) return;
    this.#isOver = true;
    this.#strike(rule, direction, bytes.length - allowed);
    const [from, to] = direction === "up" ? [this.#near, this.#far] : [this.#far, this.#near];
    slam(from);
    // What was allowed has to leave first: a reset would overtake it.
    to.end(() => slam(to));
  }

  /** On a pipe that says nothing any more. */
  #swallow(rule: TcpRule, direction: Direction, { bytes, ending }: Piece): void {
    if (!ending) this.#strike(rule, direction, bytes.length);
    if (rule.treatment.kind !== "dropReply" || rule.treatment.link !== "cut") return;
    this.#isOver = true;
    slam(this.#near);
    // Ended, not reset: the server reads everything that it was given.
    this.#far.end();
  }

  #strike(rule: TcpRule, direction: Direction, bytes: number): void {
    rule.strike({ at: new Date().toISOString(), rule: rule.name, link: this.id, direction, bytes });
  }
}
