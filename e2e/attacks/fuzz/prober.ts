/** A person with two devices who goes on talking while everybody around them raves: what they said is what is there. */
import { TestClient } from "@baton/server/testing/testClient";
import type { Message } from "@baton/shared/visitor/shapes";
import { nanoid } from "nanoid";

/** The pages of history that are read back at most. */
const MOST_PAGES = 1_000;

export class Prober {
  readonly #writer: TestClient;
  readonly #watcher: TestClient;
  /** What everything says that is said here; nobody else may ever hear it. */
  readonly secret: string;
  readonly #said: string[] = [];
  #session = "";
  #busy: Promise<void> = Promise.resolve();
  #isBusy = false;

  private constructor(writer: TestClient, watcher: TestClient, secret: string) {
    this.#writer = writer;
    this.#watcher = watcher;
    this.secret = secret;
  }

  static async begin(url: string, site: string): Promise<Prober> {
    const origin = new URL(url).origin;
    const writer = await new TestClient(url, { site }, { origin }).connected();
    const { visitorToken } = await writer.open();
    const watcher = await new TestClient(url, { site, visitorToken }, { origin }).connected();
    await watcher.open({ claim: false });
    return new Prober(writer, watcher, `only-mine-${nanoid()}`);
  }

  get count(): number {
    return this.#said.length;
  }

  /** Says one thing more, unless it is just doing so. */
  speak(): void {
    if (this.#isBusy) return;
    this.#isBusy = true;
    const before = this.#busy;
    this.#busy = (async () => {
      await before;
      const text = `${this.secret} ${this.#said.length + 1}`;
      const { message } = await this.#writer.send(text);
      this.#session = message.sessionId;
      this.#said.push(text);
      if (message.seq !== this.#said.length) throw new Error(`said ${this.#said.length}, it became ${message.seq}`);
      this.#isBusy = false;
    })();
    this.#busy.catch(() => {});
  }

  /** @returns what is wrong with the conversation, if anything */
  async end(): Promise<string[]> {
    try {
      await this.#busy;
      const transcript = await this.#transcript();
      const last = this.#said.length;
      if (last > 0) await this.#watcher.event("message", ({ message }) => message.seq === last);
      const seen = this.#watcher.of("message").map(({ message }) => message.text);
      return [
        ...differences(
          "the transcript",
          this.#said,
          transcript.map(({ text }) => text),
        ),
        ...differences("the other device", this.#said, seen),
        ...this.#writer.faults,
        ...this.#watcher.faults,
      ];
    } catch (error) {
      return [`the prober: ${String(error)}`];
    } finally {
      this.#writer.close();
      this.#watcher.close();
    }
  }

  async #transcript(): Promise<Message[]> {
    const all: Message[] = [];
    for (let page = 0; page < MOST_PAGES && this.#session !== ""; page++) {
      const before = all[0] ? { beforeSeq: all[0].seq } : {};
      const { messages, hasMore } = await this.#writer.ask("history:page", {
        sessionId: this.#session,
        limit: 100,
        ...before,
      });
      all.unshift(...messages);
      if (!hasMore) break;
    }
    return all;
  }
}

function differences(where: string, said: readonly string[], found: readonly string[]): string[] {
  const at = said.findIndex((text, i) => found[i] !== text);
  if (at < 0 && said.length === found.length) return [];
  return [`${where} holds ${found.length} of ${said.length}; at ${at + 1}: ${String(found[at] ?? found[said.length])}`];
}
