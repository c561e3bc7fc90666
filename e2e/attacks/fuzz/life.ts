/**
 * One client of the fuzzer, from its first byte to its last. What it says depends on the seed and its number alone, so
 * that it can be lived again; all it hears is held against the protocol.
 */
import { ackFault, noticeFault } from "@baton/server/testing/wireCheck";
import type { Known } from "../payloads.ts";
import { frame, RawSocket } from "../rawSocket.ts";
import { goodAuth, strangeConnect, strangeOpening } from "./handshake.ts";
import { nextSaying } from "./packets.ts";
import { type Random, seeded, seedOf } from "./random.ts";

const ANSWER_WITHIN_MS = 20_000;
const MOST_SAYINGS = 60;
/** A client that is wrong about everything may wait for what never comes. */
const REFUSED_WITHIN_MS = 300;

export type LifeParts = { port: number; site: string; seed: number; index: number; secret: string };
export type Lived = { frames: number; answers: number; fault?: string; last: string[] };

class Life {
  readonly #raw: RawSocket;
  readonly #random: Random;
  readonly #parts: LifeParts;
  readonly #isStrange: boolean;
  readonly #owed = new Map<number, { event: string; said: Buffer }>();
  readonly #last: string[] = [];
  #known: Known = { sessionId: "s", messageId: "m", userToken: "u" };
  #frames = 0;
  #answers = 0;
  #asked = 0;
  #fault: string | undefined;
  #onAnswer: () => void = () => {};

  constructor(parts: LifeParts) {
    this.#parts = parts;
    this.#random = seeded(seedOf(parts.seed, parts.index));
    this.#isStrange = this.#random.chance(0.05);
    this.#raw = new RawSocket(this.#isStrange ? strangeOpening(parts.port, this.#random) : { port: parts.port });
    this.#raw.onMessage = (text) => this.#hear(text);
    this.#raw.onGoodbye = () => this.#raw.end();
  }

  async live(): Promise<Lived> {
    try {
      await this.#speak();
    } catch (error) {
      this.#fault ??= String(error);
    } finally {
      this.#leave();
    }
    // Some upgrades Engine.IO refuses in HTTP, on a socket that it has just upgraded. That is its own, and harmless.
    const fault = this.#fault ?? (this.#isStrange ? undefined : this.#raw.fault);
    return { frames: this.#frames, answers: this.#answers, last: this.#last, ...(fault !== undefined && { fault }) };
  }

  async #speak(): Promise<void> {
    if (await this.#connects()) {
      const sayings = 1 + this.#random.below(MOST_SAYINGS);
      for (let i = 0; i < sayings && !this.#raw.isClosed && !this.#fault; i++) {
        this.#say();
        // Mostly in one go; at times what is known by then is used.
        if (this.#random.chance(0.1)) await this.#answered();
      }
      await this.#answered();
    }
  }

  /** Whether it is let in as a visitor who has opened. */
  async #connects(): Promise<boolean> {
    const random = this.#random;
    const refused = this.#raw.hears(() => (this.#raw.head !== "" && !this.#raw.isUpgraded) || undefined);
    const opened = await within(this.#raw.opened(), Promise.race([refused, this.#raw.closed()]));
    if (!opened) return false;
    if (random.chance(0.1)) {
      for (let i = random.below(5); i > 0; i--) this.#say();
      this.#write(frame(strangeConnect(this.#parts.site, random)));
      await within(this.#raw.closed(), sleep(REFUSED_WITHIN_MS));
      return false;
    }
    this.#write(frame(`40/visitor,${JSON.stringify(goodAuth(this.#parts.site, random))}`));
    if (random.chance(0.05)) return true;
    this.#ask("session:open", {});
    return true;
  }

  #ask(event: string, payload: unknown): void {
    const id = this.#nextId();
    const said = frame(`42/visitor,${id}${JSON.stringify([event, payload])}`);
    this.#owed.set(id, { event, said });
    this.#write(said);
  }

  #say(): void {
    const said = nextSaying({ known: this.#known, random: this.#random, nextId: () => this.#nextId() });
    if (said.asks) this.#owed.set(said.asks.id, { event: said.asks.event, said: said.bytes });
    this.#write(said.bytes);
  }

  /** Far from each other: a number that was damaged on its way is nobody else's. */
  #nextId(): number {
    this.#asked += 1;
    return this.#asked * 1_009 + 100_000;
  }

  #write(bytes: Buffer): void {
    this.#frames += 1;
    this.#last.push(shown(bytes));
    if (this.#last.length > 20) this.#last.shift();
    this.#raw.write(bytes);
  }

  /** Every command is answered, or the transport ends: nobody waits for ever. */
  async #answered(): Promise<void> {
    if (this.#owed.size === 0) return;
    const all = new Promise<true>((resolve) => {
      this.#onAnswer = () => {
        if (this.#owed.size === 0 || this.#fault) resolve(true);
      };
    });
    const isOver = await within(all, this.#raw.closed(), ANSWER_WITHIN_MS);
    if (isOver === undefined && !this.#raw.isClosed && !this.#fault) {
      const [id, { event }] = [...this.#owed][0] ?? [0, { event: "?" }];
      this.#fault = `${event} was never answered (${id})`;
    }
  }

  #leave(): void {
    const random = this.#random;
    if (random.chance(0.2)) this.#raw.write(frame("41/visitor,"));
    if (random.chance(0.3)) this.#raw.write(frame(Buffer.from([0x03, 0xe8]), { opcode: 8 }));
    this.#raw.end();
  }

  #hear(text: string): void {
    const wrong = this.#wrongWith(text);
    if (wrong !== undefined) this.#fault ??= `${wrong}\n  heard: ${text.slice(0, 500)}`;
    this.#onAnswer();
  }

  #wrongWith(text: string): string | undefined {
    if (text.includes(this.#parts.secret)) return "it was told what somebody else had said";
    if (/^(0\{|2$|3|6$|1$)/.test(text)) return undefined;
    if (/^4[04]/.test(text) || text === "41/visitor,") return undefined;
    const ack = /^43\/visitor,(\d+)(\[[\s\S]*)$/.exec(text);
    if (ack) return this.#wrongAnswer(Number(ack[1]), JSON.parse(ack[2] ?? "[]") as unknown[]);
    const event = /^42\/visitor,(\[[\s\S]*)$/.exec(text);
    if (!event) return "this is no packet";
    const [name, ...args] = JSON.parse(event[1] ?? "[]") as [string, ...unknown[]];
    return noticeFault(name, args);
  }

  #wrongAnswer(id: number, args: unknown[]): string | undefined {
    this.#answers += 1;
    const asked = this.#owed.get(id);
    this.#owed.delete(id);
    const [answer] = args as [{ ok?: boolean; error?: { code?: string }; data?: unknown }];
    const code = answer?.error?.code;
    if (code === "internal" || code === "storage_unavailable") return `${asked?.event ?? "a frame"} was ${code}`;
    if (args.length !== 1) return "an answer of more than one part";
    this.#learn(answer?.data);
    // A frame that was damaged on its way may ask for anything: of its answer only the form is known.
    if (asked) return ackFault(asked.event, answer);
    return answer?.ok === true ? undefined : ackFault("", answer);
  }

  #learn(data: unknown): void {
    const { message } = (data ?? {}) as { message?: { id?: string; sessionId?: string } };
    if (message?.id && message.sessionId) {
      this.#known = { ...this.#known, messageId: message.id, sessionId: message.sessionId };
    }
  }
}

/** As it was meant, before it was masked; what is no frame in hexadecimal. */
function shown(bytes: Buffer): string {
  const [first = 0, second = 0] = bytes;
  const from = { 126: 8, 127: 14 }[second & 0x7f] ?? 6;
  if ((second & 0x80) === 0 || bytes.length < from) return `bytes ${bytes.toString("hex").slice(0, 300)}`;
  const mask = bytes.subarray(from - 4, from);
  const text = Buffer.from(bytes.subarray(from, from + 300).map((byte, i) => byte ^ (mask[i & 3] ?? 0)));
  return `${first.toString(16)} ${second.toString(16)} ${JSON.stringify(text.toString())}`;
}

function sleep(ms: number): Promise<undefined> {
  return new Promise((resolve) => setTimeout(resolve, ms, undefined));
}

/** The first of both, or undefined when the time is over or the other came first. */
async function within<T>(wanted: Promise<T>, instead: Promise<unknown>, ms = ANSWER_WITHIN_MS): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, ms, undefined);
  });
  const other = instead.then(
    () => undefined,
    () => undefined,
  );
  try {
    return await Promise.race([wanted.catch(() => undefined), other, late]);
  } finally {
    clearTimeout(timer);
  }
}

export function live(parts: LifeParts): Promise<Lived> {
  return new Life(parts).live();
}
