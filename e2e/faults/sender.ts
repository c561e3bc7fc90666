/** A person who sends, remembers what was acknowledged, and sends again what was not. The outbox of a good client. */

import { TestClient } from "@baton/server/testing/testClient";
import type { Message } from "@baton/shared/visitor/shapes";

export type Acked = { clientId: string; text: string; seq: number; messageId: string };

export class Sender {
  readonly name: string;
  readonly acked: Acked[] = [];
  /** Sent and not answered, in order. */
  outbox: { clientId: string; text: string }[] = [];
  #client: TestClient | undefined;
  #token: string | undefined;
  #count = 0;
  readonly #url: string;
  readonly #deviceId: string;

  constructor(url: string, index: number) {
    this.#url = url;
    this.name = `p${index}`;
    this.#deviceId = this.name.padEnd(21, "-");
  }

  /** @param url of another node, for who goes on elsewhere */
  async connect(url: string = this.#url): Promise<void> {
    const auth = {
      device: { id: this.#deviceId, label: this.name },
      ...(this.#token && { visitorToken: this.#token }),
    };
    this.#client = new TestClient(url, auth);
    await this.#client.connected();
    const snapshot = await this.#client.open();
    this.#token ??= snapshot.visitorToken;
  }

  write(): void {
    const text = `${this.name} ${this.#count++}`;
    this.outbox.push({ clientId: `${this.name}-${this.#count}`, text });
  }

  /** All that waits, at once and in order. Resolves when each is answered or the connection is gone. */
  async flush(onAck: () => void = () => {}): Promise<void> {
    const client = this.#client;
    if (!client) throw new Error(`${this.name} is not connected`);
    const gone = new Promise<void>((resolve) => client.socket.once("disconnect", () => resolve()));
    const answers = this.outbox.map(async (item) => {
      const { message } = await client.ask("message:send", item);
      this.#remember(message, item);
      onAck();
    });
    await Promise.race([Promise.allSettled(answers), gone]);
  }

  #remember(message: Message, item: { clientId: string; text: string }): void {
    this.outbox = this.outbox.filter(({ clientId }) => clientId !== item.clientId);
    this.acked.push({ ...item, seq: message.seq, messageId: message.id });
  }

  /** Flushes until nothing is left; refusals that pass are tried again. */
  async settle(): Promise<void> {
    for (let tries = 0; this.outbox.length > 0; tries++) {
      if (tries > 60) throw new Error(`${this.name} could not settle ${this.outbox.length} messages`);
      await this.flush();
      // As long as the refusal says, like a good client.
      if (this.outbox.length > 0) await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }

  /** Everything of this person's sessions, from the gateway. */
  async transcript(): Promise<Message[]> {
    const client = this.#client;
    if (!client) throw new Error(`${this.name} is not connected`);
    const { sessions } = await patiently(() => client.ask("history:sessions", { limit: 100 }));
    const all: Message[] = [];
    for (const session of sessions) all.unshift(...(await this.#wholeSession(client, session.id)));
    return all;
  }

  async #wholeSession(client: TestClient, sessionId: string): Promise<Message[]> {
    const messages: Message[] = [];
    for (let more = true; more; ) {
      const beforeSeq = messages[0]?.seq;
      const before = beforeSeq === undefined ? {} : { beforeSeq };
      const page = await patiently(() => client.ask("history:page", { sessionId, limit: 100, ...before }));
      messages.unshift(...page.messages);
      more = page.hasMore;
    }
    return messages;
  }

  close(): void {
    this.#client?.close();
  }
}

/** A read that finds the database away is asked again, as often as a good client would. */
async function patiently<T>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await ask();
    } catch (error) {
      if (tries > 60 || !String(error).includes("storage_unavailable")) throw error;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
}
