/**
 * A made-up world that works: people, their devices and pages, a server without faults, and a network that has some. Whatever
 * happens in it is written down as a harness would. Used by madeHistory.ts.
 */
import type { HistoryEvent, Seen, Who } from "../events.ts";
import type { Bare } from "../fromWire.ts";
import type { Chance } from "./chance.ts";
import { MadeServer, type MadeSession, type MadeUser } from "./madeServer.ts";

export const NODES = ["a", "b", "c"];
const WINDOW = 8;

export type Page = { sessionId: string; rev: number };
export type Device = {
  readonly id: string;
  readonly name: string;
  readonly user: MadeUser;
  connection: Connection | undefined;
  page: Page | undefined;
  /** Not yet answered, in order. */
  outbox: { clientId: string; text: string }[];
};
export type Connection = { readonly device: Device; readonly who: Required<Who> & { node: string } };

export class World {
  readonly chance: Chance;
  readonly server = new MadeServer();
  readonly devices: Device[] = [];
  readonly events: HistoryEvent[] = [];
  /** A node that hears nothing of what others announce. */
  deafNode: string | undefined;
  t = 1_000;
  #count = 0;

  constructor(chance: Chance) {
    this.chance = chance;
  }

  newId(of: string): string {
    this.#count += 1;
    return `${of}${this.#count}`;
  }

  pass(ms: number): void {
    this.t += ms;
    this.server.now += ms;
  }

  note(connection: Connection, bare: Bare): void {
    this.pass(1 + this.chance.below(5));
    this.events.push({ ...connection.who, ...bare, t: this.t });
  }

  fault(name: string, node: string, phase: "begin" | "heal"): void {
    this.pass(1);
    this.events.push({ kind: "fault", name, node, phase, t: this.t });
  }

  sample(gauge: string, how: { node: string; of?: string; value: number; quiet: boolean }): void {
    this.pass(1);
    this.events.push({ kind: "sample", gauge, ...how, t: this.t });
  }

  connectionsOf(user: MadeUser): Connection[] {
    return this.devices.flatMap((device) => (device.user === user && device.connection ? [device.connection] : []));
  }

  /** On a connection of its own. */
  whoOf({ id, name }: Device): Connection["who"] {
    return { user: name, device: id, connection: this.newId(`${id}-`), node: this.chance.pick(NODES) ?? "a" };
  }

  connect(device: Device): Connection {
    const connection = { device, who: this.whoOf(device) };
    device.connection = connection;
    this.note(connection, { kind: "connected" });
    const askedAt = this.t;
    const { user } = device;
    const holderIsLive = this.connectionsOf(user).some((one) => one.device !== device && one.device.id === user.holder);
    if (!holderIsLive) this.take(device);
    this.note(connection, { kind: "entitled", userId: user.id });
    this.tellLock(connection);
    this.#snapshot(connection, askedAt);
    return connection;
  }

  close({ device }: Connection): void {
    if (device.connection) this.note(device.connection, { kind: "closed" });
    device.connection = undefined;
  }

  take(device: Device): void {
    const { user } = device;
    if (user.holder === device.id) return;
    this.server.takeOver(user, device.id);
    for (const connection of this.connectionsOf(user)) if (connection.device !== device) this.tellLock(connection);
  }

  tellLock(connection: Connection): void {
    const { epoch, holder } = connection.device.user;
    this.note(connection, { kind: "lock", epoch, holder, mine: holder === connection.device.id });
  }

  #snapshot(connection: Connection, askedAt: number): void {
    const { device } = connection;
    const session = this.server.current(device.user);
    const asked = device.page ?? null;
    const previous = this.server.last(device.user);
    const how = { kind: "snapshot", askedAt, asked } as const;
    if (!session) {
      const outcome = previous ? "primed" : "none";
      const none = { sessionId: null, state: null, rev: 0, reset: asked !== null, hasMore: false, messages: [] };
      this.note(connection, { ...how, ...none, outcome, ...(previous && { previous: previous.id }) });
      device.page = undefined;
      return;
    }
    const isReplay = asked?.sessionId === session.id;
    const messages = isReplay ? changedSince(session, asked.rev) : session.messages.slice(-WINDOW);
    this.note(connection, {
      ...how,
      sessionId: session.id,
      state: session.state,
      rev: session.rev,
      reset: !isReplay,
      hasMore: !isReplay && session.messages.length > WINDOW,
      messages,
      outcome: session.state === "idle" ? "offer" : "restored",
    });
    device.page = { sessionId: session.id, rev: session.rev };
    this.#tellDeadlines(connection, session);
  }

  #tellDeadlines(connection: Connection, session: MadeSession): void {
    const { id: sessionId, rev } = session;
    const { now } = this.server;
    this.note(connection, { kind: "deadlines", sessionId, rev, now, ...this.server.deadlines(session) });
  }

  sync(connection: Connection, session: MadeSession): void {
    const page = connection.device.page;
    const from = page?.sessionId === session.id ? page.rev : 0;
    const { id: sessionId, rev, state } = session;
    const askedAt = this.t;
    const messages = changedSince(session, from);
    this.note(connection, { kind: "sync", askedAt, sessionId, from, rev, reset: false, state, messages });
    connection.device.page = { sessionId, rev };
  }

  /** To all connections of the user, but those on a node that does not hear what `from` announces. */
  announce(session: MadeSession, bares: readonly Bare[], from: string, rev = session.rev): void {
    for (const connection of this.connectionsOf(session.user)) {
      const isDeaf = this.deafNode === connection.who.node && from !== this.deafNode;
      if (!isDeaf) this.#tell(connection, { session, bares, rev });
    }
  }

  #tell(
    connection: Connection,
    { session, bares, rev }: { session: MadeSession; bares: readonly Bare[]; rev: number },
  ) {
    const { device } = connection;
    for (const bare of bares) this.note(connection, bare);
    const held = device.page?.sessionId === session.id ? device.page.rev : 0;
    device.page = { sessionId: session.id, rev: held };
    if (rev === held + 1) device.page.rev = rev;
    // A good client that misses a rev asks at once.
    else if (rev > held + 1) this.sync(connection, session);
  }

  /** Everybody who was left behind catches up, as `sync:advised` has them do. */
  catchUp(): void {
    for (const { connection, user, page } of this.devices) {
      const session = this.server.current(user) ?? this.server.last(user);
      if (connection && session && (page?.sessionId !== session.id || page.rev < session.rev)) {
        if (page !== undefined || session.state !== "ended") this.sync(connection, session);
      }
    }
  }
}

function changedSince({ messages }: MadeSession, rev: number): Seen[] {
  return messages.filter((message) => message.rev > rev).sort((a, b) => a.rev - b.rev);
}
