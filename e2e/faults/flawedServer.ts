/**
 * A small server of the visitor's protocol, in memory, with one flaw at a time: what `baton drill` must find. Without a flaw
 * the drill must pass it, so that what fails is the flaw.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { linkToRedis } from "@baton/server/testing/redisServer";
import type { Lock, Message } from "@baton/shared/visitor/shapes";
import { Server, type Socket } from "socket.io";
import {
  type Caller,
  DEADLINES,
  type Device,
  newPerson,
  newSession,
  type Person,
  POLICY,
  parsed,
  refusal,
} from "./flawedPerson.ts";

export const FLAWS = [
  "loses a message that it acknowledged",
  "forgets the session when somebody comes back",
  "stores what is sent again a second time",
  "takes a page's reload for another device",
  "drops the draft",
  "lets every device write",
  "tells nobody else of a message",
  "does not tell the loser",
  "leaves holes",
  "keeps its words in Redis alone",
  "answers in another language",
] as const;
export type Flaw = (typeof FLAWS)[number];

type RedisLink = Awaited<ReturnType<typeof linkToRedis>>;
type Parts = { server: Server; url: string; flaw: Flaw | undefined; redis: RedisLink | undefined };

export class FlawedServer {
  readonly url: string;
  readonly #people = new Map<string, Person>();
  readonly #server: Server;
  readonly #flaw: Flaw | undefined;
  readonly #redis: RedisLink | undefined;
  readonly #turns = new Map<Person, Promise<unknown>>();
  #count = 0;

  private constructor({ server, url, flaw, redis }: Parts) {
    this.#server = server;
    this.url = url;
    this.#flaw = flaw;
    this.#redis = redis;
    server.of("/visitor").on("connection", (wire) => this.#welcome(wire));
  }

  /** @param redisUrl where a server that keeps its words in Redis alone keeps them */
  static async start(flaw?: Flaw, redisUrl?: string): Promise<FlawedServer> {
    const redis = redisUrl === undefined ? undefined : await linkToRedis(redisUrl);
    const http = createServer((_, answer) => answer.writeHead(404).end());
    const server = new Server(http, { transports: ["websocket"] });
    await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
    return new FlawedServer({ server, url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`, flaw, redis });
  }

  async stop(): Promise<void> {
    await this.#server.close();
    this.#redis?.end();
  }

  #has(flaw: Flaw): boolean {
    return this.#flaw === flaw;
  }

  #next(of: string): string {
    this.#count += 1;
    return `${of}-${this.#count}`;
  }

  #welcome(wire: Socket): void {
    const { visitorToken, device } = wire.handshake.auth as { visitorToken?: string; device: Device };
    const person = this.#people.get(visitorToken ?? "") ?? this.#newPerson();
    if (this.#has("takes a page's reload for another device") && visitorToken !== undefined)
      device.id = this.#next("device");
    const caller = { person, device, wire };
    void wire.join(person.id);
    const commands = this.#commands(caller);
    wire.onAny((event: string, payload: Record<string, unknown>, answer: (ack: unknown) => void) => {
      const command = commands[event];
      if (!command) return answer(refusal("unknown_event"));
      void this.#withWords(person, () => command(payload)).then((data) =>
        answer(typeof data === "string" ? refusal(data) : { ok: true, data }),
      );
    });
  }

  /** Read from Redis before each command, and written there after it, one at a time: what cannot be read there is gone. */
  async #withWords<T>(person: Person, act: () => T): Promise<T> {
    const { commands } = this.#redis ?? {};
    if (!commands) return act();
    const key = `baton:{${person.id}}:messages:all`;
    const done = (this.#turns.get(person) ?? Promise.resolve()).then(async () => {
      person.messages = parsed(await commands.get(key).catch(() => null));
      const answer = act();
      await commands.set(key, JSON.stringify(person.messages)).catch(() => {});
      return answer;
    });
    this.#turns.set(person, done);
    return done;
  }

  #newPerson(): Person {
    const person = newPerson(this.#next("person"));
    this.#people.set(person.id, person);
    return person;
  }

  /** A string is the code of a refusal. */
  #commands(caller: Caller): Record<string, (payload: Record<string, unknown>) => object | string> {
    const { person } = caller;
    return {
      "session:open": () => this.#open(caller),
      "message:send": (payload) => this.#send(caller, payload as { clientId: string; text: string }),
      "session:takeover": () => this.#takeOver(caller),
      "session:close": () => ({ session: person.session ?? {} }),
      "draft:set": ({ text }) => this.#keepDraft(caller, String(text)),
      sync: ({ rev }) => this.#sync(caller, Number(rev)),
      "history:sessions": () => ({
        sessions: [person.session, ...person.past].flatMap((one) => (one ? [{ ...one, messageCount: 0 }] : [])),
        hasMore: false,
      }),
      "history:page": ({ sessionId }) => ({
        messages: person.messages.filter((message) => message.sessionId === sessionId),
        hasMore: false,
      }),
    };
  }

  #open(caller: Caller): object {
    const { person, device } = caller;
    if (!person.holder) this.#pass(caller);
    const isBack = person.messages.length > 0;
    if (isBack && this.#has("forgets the session when somebody comes back") && person.session) {
      person.past.unshift({ ...person.session, state: "ended" });
      person.session = undefined;
    }
    if (this.#has("answers in another language")) return { hallo: "Welt" };
    const { session, draft } = person;
    const messages = person.messages.filter(({ sessionId }) => sessionId === session?.id);
    return {
      user: { id: person.id, kind: "visitor" },
      device: { ...device, active: this.#isHolder(caller) },
      lock: this.#lockFor(caller),
      session: session ?? null,
      resumption: { kind: session ? "restored" : "none" },
      messages,
      rev: session?.rev ?? 0,
      reset: true,
      hasMore: false,
      receipts: [],
      ...(draft && { draft }),
      deadlines: DEADLINES,
      policy: POLICY,
      site: { id: "demo", texts: {} },
      visitorToken: person.id,
      serverTime: new Date().toISOString(),
    };
  }

  #send({ person, device, wire }: Caller, { clientId, text }: { clientId: string; text: string }): object | string {
    const known = person.messages.find((message) => message.clientId === clientId);
    if (known && !this.#has("stores what is sent again a second time"))
      return { message: known, rev: known.rev, deadlines: DEADLINES };
    const isHolder = person.holder?.id === device.id;
    if (!isHolder && !this.#has("lets every device write")) return "not_active_device";
    person.session ??= newSession(this.#next("session"));
    person.draft = undefined;
    const { session } = person;
    session.rev += this.#has("leaves holes") && session.rev === 1 ? 2 : 1;
    const message: Message = {
      id: this.#next("message"),
      sessionId: session.id,
      seq: session.rev,
      rev: session.rev,
      threadId: session.threadId,
      clientId,
      author: { kind: "visitor", id: person.id },
      kind: "text",
      text,
      status: "complete",
      createdAt: new Date().toISOString(),
    };
    const isLost = this.#has("loses a message that it acknowledged") && session.rev === 2;
    if (!isLost) person.messages.push(message);
    if (!this.#has("tells nobody else of a message")) wire.to(person.id).emit("message", { message, rev: message.rev });
    return { message, rev: message.rev, deadlines: DEADLINES };
  }

  #sync(caller: Caller, rev: number): object {
    const { session, messages } = caller.person;
    const changes = messages.filter((message) => message.sessionId === session?.id && message.rev > rev);
    const lock = this.#lockFor(caller);
    return { session, lock, deadlines: DEADLINES, receipts: [], rev: session?.rev, changes, reset: false };
  }

  #keepDraft({ person, device }: Caller, text: string): object {
    if (!this.#has("drops the draft")) person.draft = { text, deviceId: device.id, at: new Date().toISOString() };
    return {};
  }

  #takeOver(caller: Caller): object {
    const { person, device, wire } = caller;
    if (!this.#isHolder(caller)) {
      this.#pass(caller);
      const lock: Lock = { ...this.#lockFor(caller), mine: false };
      if (!this.#has("does not tell the loser")) wire.to(person.id).emit("lock:changed", { lock });
      if (person.draft && person.draft.deviceId !== device.id) wire.emit("draft", person.draft);
    }
    return { lock: this.#lockFor(caller) };
  }

  #pass({ person, device }: Caller): void {
    person.holder = device;
    person.epoch += 1;
  }

  #isHolder({ person, device }: Caller): boolean {
    return person.holder?.id === device.id;
  }

  #lockFor(caller: Caller): Lock {
    const { holder, epoch } = caller.person;
    const told = holder ? { deviceId: holder.id, label: holder.label, since: new Date().toISOString() } : null;
    return { holder: told, epoch, mine: this.#isHolder(caller) };
  }
}
