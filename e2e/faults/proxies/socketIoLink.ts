/** One WebSocket of a client through the Socket.IO proxy, and what the rules make of its packets. Used by socketIoProxy.ts. */
import type { RawData, WebSocket } from "ws";
import { type Packet, parsePacket } from "./socketIoPacket.ts";
import type { AppliedPacketRule } from "./socketIoRules.ts";
import type { Direction } from "./tcpRules.ts";

export type SocketIoLinkOptions = {
  readonly id: number;
  readonly near: WebSocket;
  readonly far: WebSocket;
  judge(packet: Packet): AppliedPacketRule | undefined;
};

type Held = { readonly rule: AppliedPacketRule; readonly direction: Direction; readonly frame: string };

/** Codes that tell how a connection ended, and may not be sent. */
const ENDED_WITHOUT_CODE = 1_005;
const BROKE = 1_006;

export class SocketIoLink {
  readonly id: number;
  /** Resolves when both sides are gone. */
  readonly gone: Promise<unknown>;
  readonly #near: WebSocket;
  readonly #far: WebSocket;
  readonly #judge: SocketIoLinkOptions["judge"];
  /** The commands that wait for an ack, by direction, namespace and id. */
  readonly #asked = new Map<string, string>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #held: readonly Held[] = [];

  constructor({ id, near, far, judge }: SocketIoLinkOptions) {
    this.id = id;
    this.#near = near;
    this.#far = far;
    this.#judge = judge;
    this.#join("up", near, far);
    this.#join("down", far, near);
    this.gone = Promise.all([near, far].map((side) => new Promise((resolve) => side.once("close", resolve))));
    void this.gone.then(() => this.#timers.forEach(clearTimeout));
  }

  /** Ends the transport to both sides, without a word. */
  cut(): void {
    this.#near.terminate();
    this.#far.terminate();
  }

  /** What the rule held comes now. */
  lifted(rule: AppliedPacketRule): void {
    const freed = this.#held.filter((held) => held.rule === rule);
    this.#held = this.#held.filter((held) => held.rule !== rule);
    for (const { direction, frame } of freed) this.#send(direction, frame);
  }

  #join(direction: Direction, from: WebSocket, to: WebSocket): void {
    from.on("message", (data: RawData, isBinary: boolean) => {
      if (isBinary) to.send(data);
      else this.#take(direction, data.toString());
    });
    // Closing tells.
    from.on("error", () => {});
    from.on("close", (code, reason) => {
      if (code === BROKE) to.terminate();
      else if (code === ENDED_WITHOUT_CODE) to.close();
      else to.close(code, reason);
    });
  }

  #take(direction: Direction, frame: string): void {
    const packet = this.#named(parsePacket(direction, frame));
    const rule = this.#judge(packet)?.take();
    if (!rule || rule.treatment.kind === "pass") return void this.#send(direction, frame);
    const { args: _, ...told } = packet;
    this.#treat(rule, direction, frame);
    rule.strike({ at: new Date().toISOString(), rule: rule.name, connection: this.id, ...told });
  }

  /** An ack says only which number it answers. */
  #named(packet: Packet): Packet {
    const { direction, type, namespace, id, event } = packet;
    if (id === undefined) return packet;
    if (type === "event" && event !== undefined) this.#asked.set(`${direction} ${namespace} ${id}`, event);
    if (type !== "ack") return packet;
    const asked = `${direction === "up" ? "down" : "up"} ${namespace} ${id}`;
    const answers = this.#asked.get(asked);
    this.#asked.delete(asked);
    return answers === undefined ? packet : { ...packet, event: answers };
  }

  #treat(rule: AppliedPacketRule, direction: Direction, frame: string): void {
    const { treatment } = rule;
    if (treatment.kind === "cut") this.cut();
    if (treatment.kind === "delay") this.#later(treatment.ms, () => this.#send(direction, frame));
    if (treatment.kind === "hold") this.#held = [...this.#held, { rule, direction, frame }];
    if (treatment.kind === "swap") this.#swap(rule, direction, frame);
    if (treatment.kind !== "duplicate") return;
    this.#send(direction, frame);
    this.#send(direction, frame);
  }

  #swap(rule: AppliedPacketRule, direction: Direction, frame: string): void {
    const first = this.#held.find((held) => held.rule === rule && held.direction === direction);
    if (!first) {
      this.#held = [...this.#held, { rule, direction, frame }];
      return;
    }
    this.#held = this.#held.filter((held) => held !== first);
    this.#send(direction, frame);
    this.#send(direction, first.frame);
  }

  #later(ms: number, act: () => void): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      act();
    }, ms);
    this.#timers.add(timer);
  }

  #send(direction: Direction, frame: string): void {
    const to = direction === "up" ? this.#far : this.#near;
    if (to.readyState === to.OPEN) to.send(frame);
  }
}
