/**
 * Once a second: is Redis there, is what we publish heard, and since when does it know what is in it. Whoever lives by
 * Redis asks here, and is told when it is back. A Redis that is away is never replaced by something of this process alone.
 */
import { type Log, loggedError } from "../log.ts";
import type { RedisConnection, RedisLink } from "./connect.ts";
import { channels, keys } from "./keys.ts";
import { type NodeMessage, type NodeNews, parseNodeMessage } from "./nodeMessages.ts";
import { isOfAnotherType } from "./otherType.ts";

export type PulseParts = {
  link: RedisLink;
  nodeId: string;
  /** Heard from another node. */
  heard(message: NodeMessage): void;
  /** Redis answers, after it did not, or was found empty: it knows nothing older than this. Told before anybody asks it. */
  answers(ageMs: number): void;
  /** Other nodes are heard again: what was published meanwhile may have been missed. */
  back(): void;
  /** Published by somebody who speaks otherwise. */
  garbled(): void;
  log: Log;
};

const EVERY_MS = 1_000;
/** So long without hearing ourselves: the subscription is dead, whatever its socket says. */
const DEAF_AFTER_MS = 4_000;
const START_WITHIN_MS = 3_000;
/** A node that has not said that it lives for so long does not. sessions.md: within 15 s. */
const NODE_LEASE_MS = 10_000;

/** Leases run for 30 s and are renewed every 10: away for longer, some may have lapsed whose holders are there. */
const LAPSES_AFTER_MS = 10_000;

type Age = { ageMs: number; isNews: boolean };

export class RedisPulse {
  readonly #parts: PulseParts;
  #trouble: string | undefined = "away: it has not answered yet";
  #age: Age | undefined;
  #heardAt: number | undefined;
  #listeningSince = performance.now();
  #timer: NodeJS.Timeout | undefined;
  #isStopped = false;
  #isAnswering = false;
  /** When it last answered; undefined before the first time. */
  #answeredAt: number | undefined;
  #said = 0;
  #heard = 0;
  #lastError: unknown;
  #firstKnown = (): void => {};

  constructor(parts: PulseParts) {
    this.#parts = parts;
  }

  /**
   * Answers when Redis is there, or was waited for long enough: a node starts without it too.
   * @throws when it is there and cannot be used as it is addressed
   */
  async start(): Promise<void> {
    const { commands, subscriber, unfit } = this.#parts.link;
    const known = new Promise<void>((resolve) => {
      this.#firstKnown = resolve;
    });
    subscriber.on("messageBuffer", (channel: Buffer, bytes: Buffer) => this.#hear(channel, bytes));
    subscriber.on("close", () => this.#lose(DEAF));
    commands.on("close", () => {
      this.#isAnswering = false;
      this.#lose("away: its connection is closed");
      if (unfit() !== undefined) this.#firstKnown();
    });
    for (const connection of [commands, subscriber]) connection.on("ready", () => void this.#beat());
    this.#parts.link.listen({ channel: channels.nodes }).then(
      () => this.#beat(),
      () => {},
    );
    this.#timer = setInterval(() => void this.#beat(), EVERY_MS);
    if (unfit() !== undefined) this.#firstKnown();
    await Promise.race([known, new Promise<void>((resolve) => setTimeout(resolve, START_WITHIN_MS).unref())]);
    const whyUnfit = unfit();
    if (whyUnfit !== undefined) throw new Error(whyUnfit);
    // A wrong password would be away for ever, and say nothing.
    if (this.#trouble === undefined) return;
    const error = this.#lastError === undefined ? undefined : loggedError(this.#lastError);
    this.#parts.log.warn({ why: this.#trouble, error }, "started without Redis");
  }

  /** «ok», or what is wrong. */
  state(): string {
    return this.#trouble ?? "ok";
  }

  /** Whether a command is worth its waiting: while Redis does not answer nobody waits for it but the pulse. */
  isAnswering(): boolean {
    return this.#isAnswering;
  }

  /** To all other nodes, if they can hear it. */
  send(news: NodeNews): void {
    const { link, nodeId } = this.#parts;
    link.commands.publish(channels.nodes, JSON.stringify({ ...news, from: nodeId })).catch(() => {});
  }

  /** Others need not wait for this node's lease to end. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearInterval(this.#timer);
    await this.#parts.link.commands.del(keys.node(this.#parts.nodeId)).catch(() => {});
  }

  #hear(channel: Buffer, bytes: Buffer): void {
    if (channel.toString() !== channels.nodes) return;
    const { nodeId, heard, garbled } = this.#parts;
    const message = parseNodeMessage(bytes);
    if (!message) garbled();
    else if (message.from !== nodeId) heard(message);
    else this.#hearOwn(message);
  }

  /** A pulse that was not heard went by with whatever others said at the time: a cluster's subscriber is replaced silently. */
  #hearOwn(message: NodeMessage): void {
    const n = message.kind === "pulse" ? (message.n ?? 0) : this.#heard;
    const isGap = this.#heardAt !== undefined && n > this.#heard + 1;
    this.#heard = Math.max(this.#heard, n);
    if (isGap) this.#lose(DEAF);
    this.#heardAt = performance.now();
    this.#settle();
  }

  /** Whatever is published from here on may not be heard. */
  #lose(why: string): void {
    if (this.#isStopped) return;
    if (this.#trouble === undefined) this.#parts.log.warn({ why }, "Redis is away: the database alone decides");
    // Of two troubles the one that says more: who is away cannot be heard either.
    if (why !== DEAF || this.#isAnswering || this.#trouble === undefined) this.#trouble = this.#whyAway(why);
    this.#age = undefined;
    this.#heardAt = undefined;
    this.#listeningSince = performance.now();
  }

  /** Somebody must mend it: it is said once, also when Redis was away before. */
  #whyAway(why: string): string {
    const unfit = this.#parts.link.unfit();
    if (unfit === undefined) return why;
    const said = `away: ${unfit}`;
    if (this.#trouble !== said) this.#parts.log.error({ why: said }, "Redis cannot be used");
    return said;
  }

  async #beat(): Promise<void> {
    const { link, nodeId, log } = this.#parts;
    try {
      this.#said += 1;
      const silentMs = performance.now() - (this.#answeredAt ?? performance.now());
      this.#learn(await ask(link.commands, { nodeId, n: this.#said, isBack: silentMs > LAPSES_AFTER_MS }));
    } catch (error) {
      this.#isAnswering = false;
      this.#lastError = error;
      this.#lose("away: commands are not answered");
      log.debug({ error: loggedError(error) }, "no answer from Redis");
      return;
    }
    if (this.#heardAt === undefined) link.listenAgain();
    if (performance.now() - (this.#heardAt ?? this.#listeningSince) > DEAF_AFTER_MS) {
      this.#lose(DEAF);
      // Its socket may be half open: only a new one is known to be alive.
      link.subscriber.disconnect(true);
    }
    this.#settle();
  }

  #learn(age: Age): void {
    this.#age = { ...age, isNews: age.isNews || this.#age?.isNews === true };
    if (!this.#isAnswering || age.isNews) this.#parts.answers(age.ageMs);
    this.#isAnswering = true;
    this.#answeredAt = performance.now();
  }

  #settle(): void {
    if (this.#isStopped || !this.#age || this.#heardAt === undefined) return;
    const { ageMs, isNews } = this.#age;
    if (this.#trouble === undefined && !isNews) return;
    if (this.#trouble !== undefined) this.#parts.log.info({ ageMs }, "Redis is there");
    this.#trouble = undefined;
    this.#age = { ageMs, isNews: false };
    // Hearing one channel says nothing of the others.
    this.#parts.link.listenAgain();
    this.#firstKnown();
    this.#parts.back();
  }
}

const DEAF = "degraded: what other nodes say is not heard";

/** No Redis knows anything from before this was written: whatever says so was cut short. */
const EARLIEST = Date.UTC(2025, 0);

type Question = {
  nodeId: string;
  n: number;
  /** It was away for this node, and so may have been for all: leases lapsed that nobody could renew. */
  isBack: boolean;
};

/**
 * Writes too: a Redis that only reads is away for us. News is that Redis has forgotten: itself, for it was emptied, or
 * this node, which was silent for longer than its lease.
 */
async function ask(redis: RedisConnection, { nodeId, n, isBack }: Question): Promise<Age> {
  const pulse: NodeMessage = { kind: "pulse", from: nodeId, n };
  const [[seconds, microseconds], since, before] = await Promise.all([
    redis.time(),
    redis.get(keys.since).catch(ifOfAnotherType(async () => null)),
    redis.set(keys.node(nodeId), "alive", "PX", NODE_LEASE_MS, "GET").catch(
      ifOfAnotherType(async () => {
        await redis.set(keys.node(nodeId), "alive", "PX", NODE_LEASE_MS);
        return "alive";
      }),
    ),
    redis.publish(channels.nodes, JSON.stringify(pulse)),
  ]);
  const now = Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000);
  const known = Number(since ?? Number.NaN);
  if (known > EARLIEST && known <= now && !isBack) return { ageMs: now - known, isNews: before === null };
  await redis.set(keys.since, String(now));
  return { ageMs: 0, isNews: true };
}

/** Not of our making: overwritten, and as good as none. */
function ifOfAnotherType<T>(instead: () => Promise<T>): (error: unknown) => Promise<T> {
  return async (error) => {
    if (isOfAnotherType(error)) return instead();
    throw error;
  };
}
