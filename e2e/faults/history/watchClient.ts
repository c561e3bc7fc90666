/**
 * Writes down everything that a client says and hears. It decides nothing: a client that sees a gap must still ask for a
 * sync by itself, as a good client does. Called by whoever plays people in a run with faults.
 */
import type { Heard, TestClient } from "@baton/server/testing/testClient";
import type { VisitorData, VisitorPayloadIn } from "@baton/shared/commands";
import type { Ack } from "@baton/shared/refusals";
import type { Lock, Message, Snapshot } from "@baton/shared/visitor/shapes";
import type { EventOf, Told, Who } from "./events.ts";
import { type Bare, toDeadlines, toLock, toldBy, toSeen, toSnapshot } from "./fromWire.ts";
import { monotonicMs } from "./recorder.ts";

type Changed = Ack<{ message: Message; rev: number }>;
type Words = { clientId?: string; messageId?: string; text?: string };

const OPS = { send: "message:send", edit: "message:edit", delete: "message:delete" } as const;

let calls = 0;

export class WatchedClient {
  readonly client: TestClient;
  readonly #note: (bare: Bare) => void;

  /** @param client not yet connected: what comes before anybody looks is a part of the history too */
  constructor(client: TestClient, who: Who, record: (event: Told) => void) {
    this.client = client;
    this.#note = (bare) => record({ ...who, ...bare });
    listen(client, this.#note);
  }

  /** The ack, a refusal too; undefined when no answer came. So are `edit` and `delete`. */
  send(payload: VisitorPayloadIn<"message:send">): Promise<Changed | undefined> {
    return this.#change("send", payload);
  }

  edit(payload: VisitorPayloadIn<"message:edit">): Promise<Changed | undefined> {
    return this.#change("edit", payload);
  }

  delete(payload: VisitorPayloadIn<"message:delete">): Promise<Changed | undefined> {
    return this.#change("delete", payload);
  }

  /** A word that this outbox gives back to its person. */
  giveBack(clientId: string): void {
    this.#note({ kind: "returned", clientId });
  }

  /** The harness signed this person out. */
  signedOut(): void {
    this.#note({ kind: "revoked" });
  }

  // The rest throw when they are refused or not answered, as the client does.

  async open(payload: VisitorPayloadIn<"session:open"> = {}): Promise<Snapshot> {
    const askedAt = monotonicMs();
    return this.#saw(await this.client.open(payload), { asked: payload.resume ?? null, askedAt });
  }

  async resume(payload: VisitorPayloadIn<"session:resume">): Promise<Snapshot> {
    const askedAt = monotonicMs();
    return this.#saw(await this.client.ask("session:resume", payload), { asked: null, askedAt });
  }

  async start(payload: VisitorPayloadIn<"session:start"> = {}): Promise<Snapshot> {
    const askedAt = monotonicMs();
    return this.#saw(await this.client.ask("session:start", payload), { asked: null, askedAt });
  }

  async takeOver(payload: VisitorPayloadIn<"session:takeover"> = {}): Promise<Lock> {
    const { lock } = await this.client.ask("session:takeover", payload);
    this.#note(toLock(lock));
    return lock;
  }

  async keepAlive(sessionId: string): Promise<VisitorData<"session:keepalive">> {
    const data = await this.client.ask("session:keepalive", {});
    this.#note(toDeadlines(sessionId, data.deadlines));
    return data;
  }

  async sync(payload: VisitorPayloadIn<"sync">): Promise<VisitorData<"sync">> {
    const askedAt = monotonicMs();
    const data = await this.client.ask("sync", payload);
    const { session, rev, reset } = data;
    const { id: sessionId, state } = session;
    const messages = data.changes.map(toSeen);
    this.#note(toLock(data.lock));
    this.#note({ kind: "sync", askedAt, sessionId, from: payload.rev, rev, reset, state, messages });
    this.#note(toDeadlines(sessionId, data.deadlines, { rev }));
    return data;
  }

  async page(payload: VisitorPayloadIn<"history:page">): Promise<VisitorData<"history:page">> {
    const data = await this.client.ask("history:page", payload);
    this.#note({ kind: "page", sessionId: payload.sessionId, messages: data.messages.map(toSeen) });
    return data;
  }

  async #change(op: EventOf<"invoke">["op"], payload: Words): Promise<Changed | undefined> {
    calls += 1;
    const call = `${process.pid}-${calls}`;
    const { clientId, messageId, text = "" } = payload;
    const names = { ...(clientId !== undefined && { clientId }), ...(messageId !== undefined && { messageId }) };
    this.#note({ kind: "invoke", call, op, ...names, text });
    const answer = await answerOrEnd(this.client, OPS[op], payload);
    if (typeof answer === "string") {
      this.#note({ kind: "info", call, why: answer });
      return undefined;
    }
    if (answer.ok) this.#note({ kind: "ok", call, message: toSeen(answer.data.message) });
    else this.#note({ kind: "refused", call, code: answer.error.code, retryable: answer.error.retryable });
    return answer;
  }

  #saw(snapshot: Snapshot, how: Pick<EventOf<"snapshot">, "asked" | "askedAt">): Snapshot {
    this.#note({ kind: "entitled", userId: snapshot.user.id });
    this.#note(toLock(snapshot.lock));
    this.#note(toSnapshot(snapshot, how));
    const { session, deadlines, rev, serverTime } = snapshot;
    if (session) this.#note(toDeadlines(session.id, deadlines, { rev, now: Date.parse(serverTime) }));
    return snapshot;
  }
}

function listen({ socket }: TestClient, note: (bare: Bare) => void): void {
  let code: string | undefined;
  socket.on("connect", () => note({ kind: "connected" }));
  socket.on("disconnect", () => note({ kind: "closed", ...(code !== undefined && { code }) }));
  socket.onAny((event: string, payload: unknown) => {
    const heard = { event, payload } as Heard;
    if (heard.event === "closing") code = heard.payload.code;
    for (const bare of toldBy(heard)) note(bare);
  });
}

/** The ack; else why there will be none: the connection ended, or patience did. */
async function answerOrEnd(client: TestClient, event: string, payload: Words): Promise<Changed | string> {
  const { socket } = client;
  // What is emitted now would wait in the socket, and leave unnoticed when it connects.
  if (!socket.connected) return "not connected";
  let onEnd = (_reason: string): void => {};
  const ended = new Promise<string>((resolve) => {
    onEnd = (reason) => resolve(reason);
    socket.once("disconnect", onEnd);
  });
  const answered = (client.raw(event, payload) as Promise<Changed>).catch(String);
  try {
    return await Promise.race([answered, ended]);
  } finally {
    socket.off("disconnect", onEnd);
  }
}
