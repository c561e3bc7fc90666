/**
 * Drives load over people who have joined. Closed: each has one message on its way, the next follows the ack. Open: so
 * many messages a second whatever the server does, and each time counts from the moment when the message was due, so
 * that a server that stalls is not spared what it kept waiting (coordinated omission).
 */
import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import { NAMESPACE } from "./connection.ts";
import { MOST_MESSAGES, readPacket } from "./messageFrame.ts";
import type { Person } from "./people.ts";
import { Samples } from "./samples.ts";

export type Load = { kind: "closed" } | { kind: "open"; perSecond: number };
export type Driving = { load: Load; warmMs: number; measureMs: number };

export type Driven = {
  /** Acknowledged inside the measured time. */
  acked: number;
  measuredMs: number;
  /** Of the messages that were due inside the measured time. */
  latenciesMs: Float64Array;
  /** Over the whole drive. */
  sent: number;
  delivered: number;
  ackBytes: number;
  messageBytes: number;
};

/** Number of the next message and when each was due, for every person; numbers go on from drive to drive. */
export type Voice = { readonly person: Person; next: number; readonly dueAt: number[] };

const SETTLE_WITHIN_MS = 20_000;
const OPEN_TICK_MS = 1;

export class Drive {
  readonly #voices: readonly Voice[];
  readonly #driving: Driving;
  readonly #samples = new Samples();
  readonly #stopAt: number;
  // Set when they come: a timer that is late must not make the measured time shorter than the clocks say.
  #beginAt = Number.POSITIVE_INFINITY;
  #endAt = Number.POSITIVE_INFINITY;
  #acked = 0;
  #answered = 0;
  #sent = 0;
  #delivered = 0;
  #ackBytes = 0;
  #messageBytes = 0;
  #trouble: string | undefined;

  constructor(voices: readonly Voice[], driving: Driving) {
    this.#voices = voices;
    this.#driving = driving;
    this.#stopAt = performance.now() + driving.warmMs + driving.measureMs;
  }

  /** @param onMoment when the measured time begins and ends, for whoever reads the servers' clocks then */
  async run(onMoment: (moment: "begin" | "end") => void): Promise<Driven> {
    for (const voice of this.#voices) this.#listen(voice);
    const { load } = this.#driving;
    const told = this.#tell(onMoment);
    if (load.kind === "closed") for (const voice of this.#voices) this.#send(voice, performance.now());
    else await this.#pace(load.perSecond);
    await told;
    await this.#settled();
    for (const { person } of this.#voices) for (const connection of person.connections) connection.onPacket = undefined;
    return {
      acked: this.#acked,
      measuredMs: this.#endAt - this.#beginAt,
      latenciesMs: this.#samples.all(),
      sent: this.#sent,
      delivered: this.#delivered,
      ackBytes: Math.round(this.#ackBytes / Math.max(this.#answered, 1)),
      messageBytes: Math.round(this.#messageBytes / Math.max(this.#delivered, 1)),
    };
  }

  async #tell(onMoment: (moment: "begin" | "end") => void): Promise<void> {
    await sleep(this.#driving.warmMs);
    this.#beginAt = performance.now();
    onMoment("begin");
    await sleep(this.#driving.measureMs);
    this.#endAt = performance.now();
    onMoment("end");
  }

  #listen(voice: Voice): void {
    for (const connection of voice.person.connections) {
      connection.onPacket = (bytes, start, end) => this.#receive(voice, bytes, { start, end });
    }
  }

  #receive(voice: Voice, bytes: Buffer, { start, end }: { start: number; end: number }): void {
    const packet = readPacket(bytes, start, NAMESPACE);
    if (packet.kind === "message") {
      this.#delivered += 1;
      this.#messageBytes += end - start;
    } else if (packet.kind === "ack" && packet.ok) {
      this.#ackBytes += end - start;
      this.#answer(voice, packet.n);
    } else {
      this.#trouble ??= bytes.toString("utf8", start, Math.min(end, start + 300));
    }
  }

  #answer(voice: Voice, n: number): void {
    const now = performance.now();
    const dueAt = voice.dueAt[n] ?? 0;
    this.#answered += 1;
    if (now >= this.#beginAt && now < this.#endAt) this.#acked += 1;
    if (dueAt >= this.#beginAt && dueAt < this.#endAt) this.#samples.add(now - dueAt);
    if (this.#driving.load.kind === "closed" && now < this.#stopAt) this.#send(voice, now);
  }

  #send(voice: Voice, dueAt: number): void {
    if (voice.next >= MOST_MESSAGES) throw new Error("a connection has sent as many messages as it has numbers");
    const n = voice.next++;
    voice.dueAt[n] = dueAt;
    this.#sent += 1;
    voice.person.writer.write(voice.person.frame(n));
  }

  /** In turn over all voices; a late tick sends all that has become due. */
  #pace(perSecond: number): Promise<void> {
    const startAt = performance.now();
    let due = 0;
    return new Promise((resolve) => {
      const tick = (): void => {
        const now = Math.min(performance.now(), this.#stopAt);
        for (; startAt + (due * 1_000) / perSecond < now; due++) {
          const voice = this.#voices[due % this.#voices.length];
          if (voice) this.#send(voice, startAt + (due * 1_000) / perSecond);
        }
        if (now < this.#stopAt) setTimeout(tick, OPEN_TICK_MS);
        else resolve();
      };
      tick();
    });
  }

  /** Every message has its ack, and every device its copy. */
  async #settled(): Promise<void> {
    const devices = this.#voices[0]?.person.connections.length ?? 1;
    const until = this.#stopAt + SETTLE_WITHIN_MS;
    const isDone = () =>
      performance.now() > this.#stopAt && this.#answered === this.#sent && this.#delivered === this.#sent * devices;
    while (!isDone()) {
      if (this.#trouble !== undefined) throw new Error(`the server said what was not expected: ${this.#trouble}`);
      if (performance.now() > until)
        throw new Error(
          `of ${this.#sent} messages ${this.#answered} were acknowledged and ${this.#delivered} delivered`,
        );
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}
