/**
 * One browser with a few tabs, a person and a gateway, and a scheduler that says what happens next: of all that is under
 * way any may come first, the next timer too. Used by interleavings.test.ts.
 */
import type { VisitorAuth } from "@baton/shared/visitor/connecting";
import type { Scheduler } from "fast-check";
import { vi } from "vitest";
import { Persona } from "../connection/identity.ts";
import type { Kept } from "../connection/kept.ts";
import { MadeUpStorage, madeUpChannels, madeUpLocks } from "../connection/madeUpBrowser.fixture.ts";
import { MadeUpGateway, type Mood } from "../connection/madeUpGateway.fixture.ts";
import { Conversation } from "./conversation.ts";

export type Happening =
  | { kind: "write" | "type" | "tryNow" | "slept" | "reload" | "goAway" | "comeBack"; tab: number }
  | { kind: "seen"; tab: number; visible: boolean }
  | { kind: "cut" }
  | { kind: "timer" }
  | { kind: "network"; up: boolean }
  | { kind: "closing"; afterMs: number | undefined }
  | { kind: "reply"; unheard: boolean };

/** `then`: how much of what is under way comes before the next. */
export type Story = readonly { it: Happening; then: number }[];
type Tab = { conversation: Conversation; here: boolean; wrote: string[] };
type Draws = { scheduler: Scheduler; tabs: number; moods: readonly Mood[]; chance: number };

/** Far more than any history needs: beyond it something goes round in circles. */
const ENDLESS = 3_000;

export class World {
  readonly gateway: MadeUpGateway;
  readonly storage: MadeUpStorage;
  readonly tabs: Tab[];
  readonly #scheduler: Scheduler;
  readonly #document = { visibilityState: "visible" };
  readonly #kept: Kept;
  #steps = 0;

  constructor({ scheduler, tabs, moods, chance }: Draws) {
    this.#scheduler = scheduler;
    this.gateway = new MadeUpGateway(this.#later, moods);
    this.storage = new MadeUpStorage(this.#later);
    const kept = new Map<string, string | null>();
    this.#kept = {
      read: (key) => kept.get(key) ?? null,
      write: (key, value) => void kept.set(key, value),
      denied: false,
    };
    vi.spyOn(Math, "random").mockReturnValue(chance);
    vi.stubGlobal("document", this.#document);
    vi.stubGlobal("navigator", { onLine: true, userAgent: "", locks: madeUpLocks(this.#later) });
    vi.stubGlobal("BroadcastChannel", madeUpChannels(this.#later));
    this.tabs = Array.from({ length: tabs }, () => ({ conversation: this.#page(), here: true, wrote: [] }));
  }

  /** What was written in each tab, and what the gateway keeps of it. Between tabs there is no order: one hears the other late. */
  words(): { wrote: readonly string[]; kept: string[] }[] {
    const texts = this.gateway.kept.filter(({ clientId }) => clientId !== undefined).map(({ text }) => text);
    return this.tabs.map(({ wrote }, tab) => ({ wrote, kept: texts.filter((text) => text.endsWith(`tab ${tab}`)) }));
  }

  shows() {
    return this.tabs.map(({ conversation }) => {
      const { line, outbox, messages } = conversation.store.state;
      return { line, outbox, shown: Object.values(messages).sort((a, b) => a.seq - b.seq) };
    });
  }

  async live(story: Story): Promise<void> {
    for (const { it, then } of story) {
      this.#happen(it);
      await allThatFollows();
      for (let left = then; left > 0 && this.#scheduler.count() > 0; left -= 1) await this.#step();
    }
  }

  /** All is well from now on, and every tab is there. */
  async mend(): Promise<void> {
    this.gateway.heal();
    for (const tab of this.tabs.keys()) this.#happen({ kind: "comeBack", tab });
    this.#happen({ kind: "network", up: true });
    await this.rest();
  }

  /** Until nothing is under way any more, and nobody waits for anything. */
  async rest(): Promise<void> {
    while ((this.#scheduler.count() > 0 || vi.getTimerCount() > 0) && !this.endless) await this.#step();
  }

  async leave(): Promise<void> {
    for (const { conversation } of this.tabs) conversation.leave();
    await allThatFollows();
  }

  get endless(): boolean {
    return this.#steps > ENDLESS;
  }

  async #step(): Promise<void> {
    this.#steps += 1;
    if (this.#scheduler.count() > 0) await this.#scheduler.waitOne();
    else vi.advanceTimersToNextTimer();
    await allThatFollows();
  }

  readonly #later = (what: string, happen: () => void): void => {
    this.#scheduler
      .schedule(Promise.resolve(), what)
      .then(happen)
      .catch((error) => this.gateway.faults.push(`${error}`));
  };

  #page(): Conversation {
    const { storage } = this;
    const later = this.#later;
    class SlowPersona extends Persona {
      override async auth(visible: boolean): Promise<VisitorAuth> {
        await new Promise<void>((known) => later("who comes is known", known));
        return super.auth(visible);
      }
    }
    const persona = new SlowPersona("demo", this.#kept, undefined);
    const page = new Conversation({ site: "demo", gateway: "", persona, storage, wiped: () => undefined });
    page.join();
    return page;
  }

  #happen(it: Happening): void {
    if (it.kind === "cut") this.gateway.cut();
    else if (it.kind === "timer") this.#pass();
    else if (it.kind === "network") this.#network(it.up);
    else if (it.kind === "closing") this.gateway.close(it.afterMs);
    else if (it.kind === "reply") this.gateway.reply(it.unheard);
    else {
      const tab = this.tabs[it.tab % this.tabs.length];
      if (tab) this.#inTab(tab, it);
    }
  }

  #inTab(tab: Tab, it: Extract<Happening, { tab: number }>): void {
    const { conversation } = tab;
    if (it.kind === "comeBack") {
      tab.here = true;
      conversation.join();
    }
    if (!tab.here) return;
    if (it.kind === "write") this.#write(tab);
    if (it.kind === "type") conversation.ask("typing:set", { typing: true }).catch(() => null);
    if (it.kind === "tryNow") conversation.wake();
    if (it.kind === "slept") conversation.wake(true);
    if (it.kind === "seen") {
      this.#document.visibilityState = it.visible ? "visible" : "hidden";
      conversation.seen(it.visible);
    }
    if (it.kind === "goAway" || it.kind === "reload") conversation.leave();
    if (it.kind === "goAway") tab.here = false;
    if (it.kind === "reload") tab.conversation = this.#page();
  }

  /** Storage is slow, but not for seconds: for one that hangs the widget gives the order of words up. */
  #pass(): void {
    if (!this.storage.isBusy) vi.advanceTimersToNextTimer();
  }

  #write(tab: Tab): void {
    const text = `word ${tab.wrote.length} of tab ${this.tabs.indexOf(tab)}`;
    tab.wrote.push(text);
    // Nobody writes, reloads and writes in one millisecond.
    vi.setSystemTime(Date.now() + 1);
    tab.conversation.write(text);
  }

  #network(up: boolean): void {
    this.gateway.reachable = up;
    vi.stubGlobal("navigator", { ...navigator, onLine: up });
    if (!up) this.gateway.cut();
    for (const { conversation, here } of this.tabs) {
      if (here && conversation.store.state.line !== "off") conversation.wake();
    }
  }
}

/** At once, however many promises deep. */
function allThatFollows(): Promise<void> {
  return new Promise((done) => setImmediate(done));
}
