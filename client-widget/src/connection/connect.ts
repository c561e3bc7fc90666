/**
 * Performs what connectionState.ts decides: opens links, waits, probes. Called by chat/lead.ts in the one tab that owns
 * the socket. Nothing but `session:open` is sent on a link before that was answered.
 */
import type { VisitorData, VisitorPayloadIn } from "@baton/shared/commands";
import type { VisitorAuth } from "@baton/shared/visitor/connecting";
import type { HeardNotice, Line } from "../chat/chatState.ts";
import { type ConnectionEffect, type ConnectionEvent, type ConnectionState, step } from "./connectionState.ts";
import { type Ask, type Link, NoAnswer, openLink } from "./link.ts";
import { OUTAGE, type OutageStep, outage } from "./outage.ts";

const PROBE_MS = 2_000;

export type Ports = {
  gateway: string;
  /** Rejects with a code where there is no token to be had. */
  auth: () => Promise<VisitorAuth>;
  opening: () => VisitorPayloadIn<"session:open">;
  opened: (snapshot: VisitorData<"session:open">) => void;
  heard: (notice: HeardNotice) => void;
  /** Whether a person can see one of this browser's pages. */
  visible: () => boolean;
  line: (line: Line, refusal: string | null) => void;
};

export class Connection {
  #state: ConnectionState = { kind: "off" };
  #link: Link | undefined;
  #auth: VisitorAuth | undefined;
  #due: ReturnType<typeof setTimeout> | undefined;
  readonly #ports: Ports;
  readonly #downClock: DownClock;

  constructor(ports: Ports) {
    this.#ports = ports;
    this.#downClock = new DownClock((line) => ports.line(line, null));
  }

  get open(): boolean {
    return this.#state.kind === "open";
  }

  /** Whether words arrive. Where they are refused for a while, whoever waits for them is told as if there were no line. */
  flows(isSo: boolean): void {
    if (!isSo) this.#downClock.run(OUTAGE);
    else if (this.#downClock.runs) this.#tellLine(this.#state);
  }

  ask: Ask = (event, payload, timeoutMs) =>
    this.#link && this.open ? this.#link.ask(event, payload, timeoutMs) : Promise.reject(new NoAnswer(event));

  say(event: ConnectionEvent): void {
    const before = this.#state;
    const next = step(before, event, Math.random());
    this.#state = next.state;
    for (const effect of next.effects) this.#perform(effect);
    if (this.#state.kind !== before.kind) this.#tellLine(this.#state);
  }

  #tellLine(state: ConnectionState): void {
    const steps = outage(state);
    if (steps) {
      this.#downClock.run(steps);
      return;
    }
    this.#downClock.stop();
    if (state.kind === "refused") this.#ports.line("refused", state.code);
    else this.#ports.line(state.kind === "open" ? "up" : "off", null);
  }

  #perform(effect: ConnectionEffect): void {
    clearTimeout(this.#due);
    if (effect.do === "ask") void this.#askWho();
    if (effect.do === "connect" && this.#auth) this.#connect(this.#auth);
    if (effect.do === "disconnect") this.#drop();
    if (effect.do === "wait") this.#due = setTimeout(() => this.say({ kind: "due" }), effect.ms);
    if (effect.do === "probe") void this.#probe();
  }

  #drop(): void {
    this.#link?.close();
    this.#link = this.#auth = undefined;
  }

  async #askWho(): Promise<void> {
    this.#drop();
    const mine = this.#state;
    const auth = await this.#ports.auth().catch((error: Error) => error.message);
    // Meanwhile the page may have been hidden for good, or another try begun.
    if (this.#state !== mine) return;
    if (typeof auth === "string") return this.say({ kind: "refused", code: auth });
    this.#auth = auth;
    this.say({ kind: "known" });
  }

  #connect(auth: VisitorAuth): void {
    const link: Link = openLink(this.#ports.gateway, auth, {
      up: () => void this.#open(link),
      heard: (notice) => this.#hear(notice),
      ended: (end) => this.say(end),
    });
    this.#link = link;
  }

  async #open(mine: Link): Promise<void> {
    const answer = await mine.ask("session:open", this.#ports.opening()).catch(() => null);
    if (this.#link !== mine) return;
    if (answer?.ok) {
      this.say({ kind: "opened" });
      this.#ports.opened(answer.data);
    } else if (answer?.error.retryAfterMs !== undefined) {
      this.say({ kind: "told", afterMs: answer.error.retryAfterMs });
    } else
      this.say(answer && !answer.error.retryable ? { kind: "refused", code: answer.error.code } : { kind: "lost" });
  }

  #hear(notice: HeardNotice): void {
    this.#ports.heard(notice);
    if (notice.name !== "closing") return;
    const { code, mayReturn, reconnectAfterMs } = notice.payload;
    if (!mayReturn) this.say({ kind: "refused", code });
    else this.say(reconnectAfterMs === undefined ? { kind: "lost" } : { kind: "told", afterMs: reconnectAfterMs });
  }

  async #probe(): Promise<void> {
    const mine = this.#link;
    const visible = this.#ports.visible();
    const answer = await mine?.ask("presence:set", { visible }, PROBE_MS).catch(() => null);
    if (this.#link !== mine) return;
    this.say(answer ? { kind: "answered" } : { kind: "lost" });
    // A line that was found dead is no reason to wait: the person is here now.
    if (!answer) this.say({ kind: "wake" });
  }
}

/** Tells how long there has been no line, in the steps a person is shown. */
class DownClock {
  #timers: ReturnType<typeof setTimeout>[] = [];
  readonly #tell: (line: Line) => void;

  constructor(tell: (line: Line) => void) {
    this.#tell = tell;
  }

  get runs(): boolean {
    return this.#timers.length > 0;
  }

  /** Steps that are under way go on: one outage has many tries. */
  run(steps: readonly OutageStep[]): void {
    if (this.runs) return;
    this.#tell(navigator.onLine ? "brief" : "offline");
    this.#timers = steps.map(({ line, afterMs }) =>
      setTimeout(() => this.#tell(navigator.onLine ? line : "offline"), afterMs),
    );
  }

  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers = [];
  }
}
