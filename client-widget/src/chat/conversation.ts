/**
 * The conversation as the panel sees it, whichever tab owns the socket. As leader it asks the gateway, otherwise it asks
 * the leader; what it writes is stored here first, so a leader that dies loses nothing.
 */
import type { VisitorCommandName } from "@baton/shared/commands";
import { nanoid } from "nanoid";
import type { Persona } from "../connection/identity.ts";
import { type Ask, NoAnswer } from "../connection/link.ts";
import type { OutboxAction } from "../connection/outbox.ts";
import type { OutboxStorage } from "../connection/outboxStorage.ts";
import { browserTabs, joinTabs, type Tabs, type TabWord } from "../connection/tabs.ts";
import type { Identity } from "../embed/shell.ts";
import { type ChatState, currentSession } from "./chatState.ts";
import { Lead } from "./lead.ts";
import { Store } from "./store.ts";

/** Longer than the leader's own limit, so that its answer «no answer» arrives first. */
const LEADER_ANSWER_MS = 12_000;

type Ports = { site: string; gateway: string; persona: Persona; storage: OutboxStorage; wiped: () => void };
type Answer = Extract<TabWord, { kind: "answer" }>["ack"];

export class Conversation {
  readonly store = new Store();
  readonly #ports: Ports;
  readonly #answers = new Map<string, (ack: Answer) => void>();
  readonly #tab = nanoid();
  /** The other tabs that a person can see now; kept by the leader. */
  readonly #seenTabs = new Set<string>();
  #lead: Lead | undefined;
  #tabs: Tabs | undefined;
  #unmirror: (() => void) | undefined;
  /** The leader has told how things stand: what it told before that is a part of what is not known here. */
  #met = false;

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  join(): void {
    const name = `baton:${this.#ports.site}`;
    this.#tabs ??= joinTabs(name, browserTabs(name), {
      lead: () => this.#takeLead(),
      hear: (word) => this.#hear(word),
    });
  }

  leave(): void {
    this.#unmirror?.();
    this.#lead?.stop();
    this.#tabs?.leave();
    this.#lead = this.#tabs = undefined;
    this.#met = false;
    for (const settle of this.#answers.values()) settle(null);
  }

  get leads(): boolean {
    return this.#lead !== undefined;
  }

  ask: Ask = (event, payload, timeoutMs) =>
    this.#lead
      ? this.#lead.ask(event, payload, timeoutMs)
      : (this.#askLeader(event, payload) as ReturnType<typeof this.ask<typeof event>>);

  write(text: string): void {
    const session = currentSession(this.store.state);
    const sessionId = session && session.state !== "ended" ? session.id : undefined;
    // Two in one millisecond are stored in no order.
    const createdAt = Math.max(Date.now(), 1 + (this.store.state.outbox.at(-1)?.createdAt ?? 0));
    const entry = { clientId: nanoid(), text, sessionId, createdAt, state: "waiting" as const };
    if (!this.#lead) void this.#ports.storage.put(entry);
    this.change({ kind: "add", entry });
    if (this.store.state.line !== "up") this.wake();
  }

  /** Every tab runs the same actions; running one twice changes nothing. */
  change(action: OutboxAction): void {
    this.store.dispatch({ kind: "outbox", action });
    if (!this.#lead) this.#tabs?.say({ kind: "outbox", action });
  }

  /** A person is here: whatever was waited for is tried now. `slept`: what we know is old, so the gateway is asked. */
  wake(slept = false): void {
    const connection = this.#lead?.connection;
    if (!connection) this.#tabs?.say({ kind: "wake", slept });
    else if (slept) this.store.dispatch({ kind: "woke" });
    // The one that fits the state acts; the other changes nothing.
    connection?.say({ kind: "wake" });
    connection?.say({ kind: "start" });
  }

  /** This page was shown or hidden. The gateway cares whether any page of this browser is seen. */
  seen(visible: boolean): void {
    if (visible && this.store.state.line !== "off") this.wake();
    if (!this.#lead) this.#tabs?.say({ kind: "seen", tab: this.#tab, visible });
    else if (!visible) this.#tellPresence();
  }

  async identify(identity: Identity): Promise<void> {
    const token = await this.#ports.persona.identify(identity);
    if (this.#lead) this.#lead.restart();
    else this.#tabs?.say({ kind: "token", token });
  }

  /** Screens and storage first: the next person may sit down while the gateway is still being told. */
  logout(): Promise<void> {
    this.#tabs?.say({ kind: "wipe", out: true });
    return this.#wipe(true);
  }

  async #wipe(out = false): Promise<void> {
    this.store.dispatch({ kind: "wiped" });
    this.#ports.wiped();
    this.#ports.persona.wipe();
    void this.#ports.storage.wipe();
    await this.#lead?.end(out);
  }

  #takeLead(): void {
    const { store } = this;
    const wipe = () => {
      this.#tabs?.say({ kind: "wipe" });
      void this.#wipe();
    };
    this.#lead = new Lead({ ...this.#ports, store, wipe, visible: () => this.#anySeen() });
    this.#unmirror = store.watch((_, state, input) =>
      this.#tabs?.say(input ? { kind: "input", input } : { kind: "state", state }),
    );
    this.#tabs?.say({ kind: "state", state: store.state });
    this.#lead.connection.say({ kind: "start" });
  }

  #anySeen(): boolean {
    return document.visibilityState === "visible" || this.#seenTabs.size > 0;
  }

  #tellPresence(): void {
    this.ask("presence:set", { visible: this.#anySeen() }).catch(() => null);
  }

  #followState(state: ChatState): void {
    this.#met = true;
    this.store.replace(state);
    // A new leader does not know yet who is looking.
    this.#tabs?.say({ kind: "seen", tab: this.#tab, visible: document.visibilityState === "visible" });
  }

  #noteSeen({ tab, visible }: Extract<TabWord, { kind: "seen" }>): void {
    const before = this.#anySeen();
    if (visible) this.#seenTabs.add(tab);
    else this.#seenTabs.delete(tab);
    if (this.#anySeen() !== before) this.#tellPresence();
  }

  #hear(word: TabWord): void {
    if (word.kind === "wipe") void this.#wipe(word.out);
    else if (word.kind === "answer") this.#answers.get(word.id)?.(word.ack);
    else if (this.#lead) void this.#hearAsLeader(word, this.#lead);
    else if (word.kind === "state") this.#followState(word.state);
    else if (word.kind === "input" && this.#met) this.store.dispatch(word.input);
  }

  async #hearAsLeader(word: TabWord, lead: Lead): Promise<void> {
    if (word.kind === "hello") this.#tabs?.say({ kind: "state", state: this.store.state });
    if (word.kind === "outbox") this.store.dispatch(word);
    if (word.kind === "wake") this.wake(word.slept);
    if (word.kind === "seen") this.#noteSeen(word);
    if (word.kind === "token") {
      this.#ports.persona.adopt(word.token);
      lead.restart();
    }
    if (word.kind === "ask") {
      const ack = await lead.ask(word.event, word.payload as never).catch(() => null);
      this.#tabs?.say({ kind: "answer", id: word.id, ack });
    }
  }

  #askLeader(event: VisitorCommandName, payload: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const id = nanoid();
      const settle = (ack: Answer) => {
        clearTimeout(late);
        this.#answers.delete(id);
        if (ack) resolve(ack);
        else reject(new NoAnswer(event));
      };
      const late = setTimeout(settle, LEADER_ANSWER_MS, null);
      this.#answers.set(id, settle);
      this.#tabs?.say({ kind: "ask", id, event, payload });
    });
  }
}
