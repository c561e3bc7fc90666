/** What a TCP proxy can be told to do, and when. Read by tcpProxy.ts and tcpLink.ts; written by tests and the nemesis. */
import type { AppliedRule } from "./appliedRule.ts";

/** `up`: from the client to the server. */
export type Direction = "up" | "down";

export type Treatment =
  | { readonly kind: "pass" }
  /** Each piece arrives so much later; the order stays. */
  | { readonly kind: "delay"; readonly ms: number }
  /** One piece after the other, and each takes so long: a server that is slow to answer each statement. */
  | { readonly kind: "slow"; readonly ms: number }
  /** Kept until the rule is lifted, then delivered: a partition that TCP survives. */
  | { readonly kind: "hold" }
  /**
   * Swallowed, and the end of a side too: half open. TCP would not forget bytes and go on, so a link that has lost some stays
   * dead in this direction when the rule is lifted; new links are well then, and a side whose other is gone is told.
   */
  | { readonly kind: "blackhole" }
  /** RST to both sides; the piece does not arrive. */
  | { readonly kind: "reset" }
  /** So many more bytes of each link arrive, in the rule's direction, then RST: also amid a frame. */
  | { readonly kind: "cutAfter"; readonly bytes: number }
  /**
   * The server is given the piece, and what it answers from then on is swallowed. `cut`: the client's side is reset as soon as
   * an answer has come. `keep`: the link stays, and says nothing any more.
   */
  | { readonly kind: "dropReply"; readonly link: "cut" | "keep" };

export type LinkView = {
  readonly id: number;
  /** The first 4 KB that the client said, as Latin-1: tells one kind of link from another. */
  readonly head: string;
};

export type Rule = {
  /** For the log; its treatment when left out. */
  readonly name?: string;
  /** Both when left out; `dropReply` looks at what goes up. */
  readonly direction?: Direction;
  /** All when left out. */
  readonly links?: (link: LinkView) => boolean;
  /** Which pieces; all when left out. A piece is what one read gave: mostly a whole request, never more than 64 KB. */
  readonly on?: (piece: Buffer) => boolean;
  /** How many pieces; endless when left out. */
  readonly times?: number;
  readonly do: Treatment;
};

export type LogLine = {
  /** ISO 8601. */
  readonly at: string;
  readonly rule: string;
  readonly link: number;
  readonly direction: Direction;
  readonly bytes: number;
};

export type TcpRule = AppliedRule<Treatment, LogLine>;

/** @param piece empty when a side has ended: only rules for every piece speak of that */
export function fits(
  { links, on, ...rule }: Rule,
  direction: Direction,
  { piece, link }: { piece: Buffer; link: LinkView },
) {
  const looksAt = rule.do.kind === "dropReply" ? "up" : (rule.direction ?? direction);
  if (looksAt !== direction || (links && !links(link))) return false;
  return on ? piece.length > 0 && on(piece) : true;
}

/** Pieces with these words: `on: says("COMMIT")`. */
export function says(words: string): (piece: Buffer) => boolean {
  return (piece) => piece.includes(words);
}

/** Links to Redis that listen: `links: subscribes`. The others carry commands. */
export function subscribes(link: LinkView): boolean {
  return /\r\n[ps]?subscribe\r\n/i.test(link.head);
}
