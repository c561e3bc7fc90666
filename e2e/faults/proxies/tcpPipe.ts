/** One direction of one link: takes what a side says, and delivers it when its rule lets it. Used by tcpLink.ts. */
import type { Socket } from "node:net";
import type { TcpRule } from "./tcpRules.ts";

export type Piece = { readonly bytes: Buffer; readonly ending?: "end" | "reset" };

type Item = Piece & { readonly readyAt: number; readonly heldBy?: TcpRule };

const NOTHING = Buffer.alloc(0);

/** What may wait here before the sender is made to wait too, as a full TCP window would. */
const WINDOW_BYTES = 1_048_576;

export type PipeEnds = {
  readonly from: Socket;
  readonly to: Socket;
  /** Decides about each piece, and about the end of the side that speaks: then without bytes. */
  take(what: Piece): void;
};

export class Pipe {
  /** Whose doing it is that nothing passes here any more. */
  deafBy: TcpRule | undefined;
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #queue: Item[] = [];
  #waitingBytes = 0;
  #lastReadyAt = 0;
  #hasEnded = false;
  #timer: NodeJS.Timeout | undefined;

  constructor({ from, to, take }: PipeEnds) {
    this.#from = from;
    this.#to = to;
    const end = (ending: "end" | "reset"): void => {
      if (this.#hasEnded) return;
      this.#hasEnded = true;
      take({ bytes: NOTHING, ending });
    };
    from.on("data", (bytes) => take({ bytes }));
    from.on("end", () => end("end"));
    from.on("error", () => end("reset"));
    from.on("close", () => end("reset"));
    to.on("drain", () => this.#regulate());
    to.on("close", () => this.stop());
  }

  /** The side that speaks here is gone. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  pass(what: Piece): void {
    this.#push({ ...what, readyAt: this.#lastReadyAt });
  }

  delay(what: Piece, ms: number): void {
    this.#push({ ...what, readyAt: Math.max(performance.now() + ms, this.#lastReadyAt) });
  }

  slow(what: Piece, ms: number): void {
    this.#push({ ...what, readyAt: Math.max(performance.now(), this.#lastReadyAt) + ms });
  }

  hold(what: Piece, heldBy: TcpRule): void {
    this.#push({ ...what, readyAt: 0, heldBy });
  }

  /** Delivers what is ready. Called again when a rule is lifted. */
  pump(): void {
    clearTimeout(this.#timer);
    for (let item = this.#queue[0]; item && isReady(item); item = this.#queue[0]) {
      this.#queue.shift();
      this.#waitingBytes -= item.bytes.length;
      this.#deliver(item);
    }
    const [next] = this.#queue;
    if (next && !isHeld(next)) {
      this.#timer = setTimeout(() => this.pump(), Math.max(1, Math.ceil(next.readyAt - performance.now())));
    }
    this.#regulate();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#queue.length = 0;
    this.#waitingBytes = 0;
  }

  #push(item: Item): void {
    this.#lastReadyAt = Math.max(this.#lastReadyAt, item.readyAt);
    this.#queue.push(item);
    this.#waitingBytes += item.bytes.length;
    this.pump();
  }

  #deliver({ bytes, ending }: Piece): void {
    if (this.#to.destroyed || this.#to.writableEnded) return;
    if (bytes.length > 0) this.#to.write(bytes);
    if (ending === "end") this.#to.end();
    if (ending === "reset") slam(this.#to);
  }

  #regulate(): void {
    const isFull = this.#waitingBytes > WINDOW_BYTES || (this.#to.writableNeedDrain && !this.#to.destroyed);
    if (isFull) this.#from.pause();
    else if (this.#from.isPaused()) this.#from.resume();
  }
}

function isHeld({ heldBy }: Item): boolean {
  return heldBy !== undefined && !heldBy.isLifted;
}

function isReady(item: Item): boolean {
  return !isHeld(item) && item.readyAt <= performance.now();
}

/**
 * RST, at once; a unix socket knows no such thing and is closed. Node's own `resetAndDestroy` says FIN first, and when the
 * other side ends amid that, it never closes (seen on Node 20): this is its second half alone.
 */
export function slam(socket: Socket): void {
  if (socket.destroyed) return;
  const isEnding = socket.writableEnded && !socket.writableFinished;
  if (!isEnding && socket.remoteAddress !== undefined) Reflect.set(socket, "resetAndClosing", true);
  socket.destroy();
}
