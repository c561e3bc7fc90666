/** What a page shows, as far as it matters here: how far it has come, and that it asks when it has missed something. Kept by page.ts. */
import type { Lock, Snapshot } from "@baton/shared/visitor/shapes";
import type { Line } from "./line.ts";
import type { Pauses } from "./pauses.ts";
import { afterChange, afterSync, NOTHING, type View } from "./view.ts";

export type ScreenParts = {
  readonly pauses: Pauses;
  readonly patienceMs: number;
  /** The open one. */
  line(): Line | undefined;
  /** Nobody answers on it. */
  moveOn(): void;
  learn(lock: Lock): void;
};

const AGAIN_MS = 300;
const SILENCE = "silence";

export class Screen {
  view: View = NOTHING;
  readonly #parts: ScreenParts;
  #isAsking = false;
  #mustAskAgain = false;

  constructor(parts: ScreenParts) {
    this.#parts = parts;
  }

  get isAsking(): boolean {
    return this.#isAsking;
  }

  /** What `session:open` takes: what this page has. */
  get resume(): { resume?: { sessionId: string; rev: number } } {
    const { sessionId, rev } = this.view;
    return sessionId === undefined ? {} : { resume: { sessionId, rev } };
  }

  show({ session, rev }: Snapshot): void {
    // What was heard while it was on its way may be newer.
    const isSame = session !== null && session.id === this.view.sessionId;
    this.view = session ? { sessionId: session.id, rev: isSame ? Math.max(rev, this.view.rev) : rev } : NOTHING;
  }

  clear(): void {
    this.view = NOTHING;
  }

  take(sessionId: string, rev: number): void {
    const { view, isBehind } = afterChange(this.view, sessionId, rev);
    this.view = view;
    if (isBehind) this.sync();
  }

  /** Asks for what it missed, until it is told. */
  sync(): void {
    this.#mustAskAgain = true;
    if (!this.#isAsking) void this.#ask();
  }

  async #ask(): Promise<void> {
    this.#isAsking = true;
    // Without a line there is nothing to ask: opening anew brings all of it.
    for (let line = this.#parts.line(); line && this.#mustAskAgain; line = this.#parts.line()) {
      this.#mustAskAgain = false;
      if (await this.#askOn(line)) continue;
      this.#mustAskAgain = true;
      await this.#parts.pauses.wait(AGAIN_MS);
    }
    this.#mustAskAgain = false;
    this.#isAsking = false;
  }

  /** False when it has to be asked again. */
  async #askOn(line: Line): Promise<boolean> {
    const { sessionId, rev } = this.view;
    if (sessionId === undefined) return true;
    const { pauses, patienceMs, moveOn } = this.#parts;
    const silence = pauses.wait(patienceMs).then((): typeof SILENCE => SILENCE);
    const told = await Promise.race([line.watched.sync({ sessionId, rev }).catch(() => undefined), silence]);
    if (told === SILENCE && line === this.#parts.line()) moveOn();
    if (!told || told === SILENCE) return false;
    if (line !== this.#parts.line()) return true;
    this.view = afterSync(this.view, sessionId, told.rev);
    this.#parts.learn(told.lock);
    return true;
  }
}
