/**
 * What the tab that owns the socket does: opens the session, keeps the state whole by `sync`, empties the outbox.
 * Called by conversation.ts when this tab is elected.
 */

import type { VisitorPayloadIn } from "@baton/shared/commands";
import type { Lock, Snapshot } from "@baton/shared/visitor/shapes";
import { Connection } from "../connection/connect.ts";
import type { Persona } from "../connection/identity.ts";
import { type Ask, NoAnswer } from "../connection/link.ts";
import type { Outbox } from "../connection/outbox.ts";
import type { OutboxStorage } from "../connection/outboxStorage.ts";
import { type Answer, currentSession, type HeardNotice, missed, TELLING } from "./chatState.ts";
import { AGAIN_MS, Sender } from "./sender.ts";
import type { Store } from "./store.ts";

type Ports = {
  gateway: string;
  store: Store;
  persona: Persona;
  storage: OutboxStorage;
  visible: () => boolean;
  wipe: () => void;
};

const STORAGE_MS = 3_000;

/** Codes after which nothing of this person may stay on the screen. */
const SIGNED_OUT = ["logged_out", "revoked", "erased", "user_erased"];

export class Lead {
  readonly connection: Connection;
  readonly #ports: Ports;
  readonly #sender: Sender;
  readonly #unwatch: () => void;
  /** Notices that came before the answer they must follow; null while they may be taken at once. */
  #held: HeardNotice[] | null = null;
  #syncing = false;
  #mayRenew = true;
  #deaf = false;
  #over = false;
  #again: ReturnType<typeof setTimeout> | undefined;
  readonly #patience: ReturnType<typeof setTimeout>;

  constructor(ports: Ports) {
    this.#ports = ports;
    const { gateway, store, persona, storage, visible } = ports;
    this.connection = new Connection({
      gateway,
      auth: () => persona.auth(visible()),
      visible,
      opening: () => this.#opening(),
      opened: (snapshot) => this.#opened(snapshot),
      heard: (notice) => this.#hear(notice),
      line: (line, refusal) => {
        store.dispatch({ kind: "line", line, refusal });
        if (refusal) this.#refused(refusal);
      },
    });
    this.#sender = new Sender(store, this.connection, this.ask);
    this.#unwatch = store.watch((before, after) => {
      keepOutbox(storage, before.outbox, after.outbox);
      if (before.outbox !== after.outbox) this.#sender.pump();
      queueMicrotask(() => void this.#heal());
    });
    const begin = () => this.#sender.begin();
    // Storage that hangs costs words their order at most, never their sending.
    this.#patience = setTimeout(begin, STORAGE_MS);
    storage
      .load()
      .then((entries) => store.dispatch({ kind: "outbox", action: { kind: "load", entries, now: Date.now() } }))
      .catch(() => undefined)
      .finally(begin);
  }

  /** Connects anew, for instance as somebody else. */
  restart(): void {
    this.connection.say({ kind: "stop" });
    this.connection.say({ kind: "start" });
  }

  /** Its person is gone: nothing more is heard or said in their name, but that they log `out`. */
  async end(out: boolean): Promise<void> {
    this.#deaf = true;
    if (out) await this.connection.ask("auth:logout", {}, 3_000).catch(() => null);
    this.connection.say({ kind: "stop" });
    this.#deaf = false;
    // The next person may have begun to write.
    if (this.#ports.store.state.outbox.length > 0) this.connection.say({ kind: "start" });
  }

  stop(): void {
    this.#over = true;
    this.#unwatch();
    clearTimeout(this.#again);
    clearTimeout(this.#patience);
    this.#sender.stop();
    this.connection.say({ kind: "stop" });
  }

  /** Whoever asks, in whichever tab: what the answer tells is told to all of them. */
  ask: Ask = async (event, payload, timeoutMs) => {
    const { store } = this.#ports;
    if (this.#deaf) throw new NoAnswer(event);
    const answer = await this.connection.ask(event, payload, timeoutMs);
    if (this.#deaf) return answer;
    if (!answer.ok) {
      // Who may not write here, or came too late to take over, is told who may.
      const lock = answer.error.details?.lock;
      if (lock) store.dispatch({ kind: "notice", name: "lock:changed", payload: { lock: lock as Lock } });
    } else if (TELLING.some((name) => name === event)) {
      store.dispatch({ kind: "answer", event, data: answer.data, now: Date.now() } as unknown as Answer);
    }
    return answer;
  };

  #opening(): VisitorPayloadIn<"session:open"> {
    this.#held = [];
    const state = this.#ports.store.state;
    const session = currentSession(state);
    const rev = session && state.tracks[session.id]?.rev;
    return {
      ...(session && rev ? { resume: { sessionId: session.id, rev } } : {}),
      // The baton went elsewhere, and only a person's press may bring it back.
      ...(state.lock && !state.lock.mine ? { claim: false } : {}),
    };
  }

  #opened(snapshot: Snapshot): void {
    this.#mayRenew = true;
    this.#ports.persona.learned(snapshot.visitorToken, snapshot.user.kind === "identified");
    this.#ports.store.dispatch({ kind: "snapshot", snapshot, now: Date.now() });
    this.#release();
    this.#sender.resume();
  }

  #hear(notice: HeardNotice): void {
    if (this.#deaf && notice.name !== "closing") return;
    if (notice.name === "closing" && notice.payload.code === "token_expired") this.#ports.persona.expire();
    if (notice.name === "auth:expiring") void this.#refresh();
    if (this.#held) this.#held.push(notice);
    else this.#ports.store.dispatch(notice);
  }

  #release(): void {
    const waiting = this.#held ?? [];
    this.#held = null;
    for (const notice of waiting) this.#ports.store.dispatch(notice);
  }

  async #heal(): Promise<void> {
    const hole = missed(this.#ports.store.state);
    if (!hole || this.#syncing || this.#held || !this.connection.open) return;
    this.#syncing = true;
    this.#held = [];
    const answer = await this.connection.ask("sync", hole).catch(() => null);
    if (answer?.ok) {
      this.#syncing = false;
      this.#ports.store.dispatch({ kind: "synced", sync: answer.data, now: Date.now() });
    } else this.#healLater(answer?.error.retryAfterMs);
    if (this.connection.open) this.#release();
  }

  /** Every change of the store would ask again at once: until the time is up it counts as asking. */
  #healLater(ms = AGAIN_MS): void {
    if (this.#over) return;
    this.#again = setTimeout(() => {
      this.#syncing = false;
      void this.#heal();
    }, ms);
  }

  #refused(code: string): void {
    const { persona, store, wipe } = this.#ports;
    if (SIGNED_OUT.includes(code)) wipe();
    if ((code !== "token_invalid" && code !== "token_expired") || !this.#mayRenew) return;
    this.#mayRenew = false;
    // A site's token may have ended while the page slept; a visitor's may have been signed out: then start as nobody.
    if (persona.named ? !persona.expire() : !persona.forgetVisitor()) return;
    if (!persona.named) store.dispatch({ kind: "wiped" });
    this.connection.say({ kind: "start" });
  }

  async #refresh(): Promise<void> {
    const userToken = await this.#ports.persona.renew().catch(() => null);
    if (userToken) await this.connection.ask("auth:refresh", { userToken }).catch(() => null);
  }
}

function keepOutbox(storage: OutboxStorage, before: Outbox, after: Outbox): void {
  if (before === after) return;
  for (const entry of before) {
    if (!after.some((kept) => kept.clientId === entry.clientId)) void storage.remove(entry.clientId);
  }
  for (const entry of after) if (!before.includes(entry)) void storage.put(entry);
}
