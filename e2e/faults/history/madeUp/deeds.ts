/** What people, bots and time do in the made-up world, and how the network spoils it. Used by madeHistory.ts. */
import type { Seen } from "../events.ts";
import { type MadeSession, POLICY } from "./madeServer.ts";
import { type Connection, type Device, NODES, type World } from "./world.ts";

/** How far a batch of words gets before its connection breaks. */
type Reach = { readonly written: number; readonly answered: number };

export function write(world: World, device: Device, howMany: number): void {
  for (let i = 0; i < howMany; i++) {
    const clientId = world.newId(`${device.name}-`);
    device.outbox.push({ clientId, text: `${device.name} says ${clientId}` });
  }
}

/** All that waits, at once and in order. */
export function flush(world: World, device: Device, reach?: Reach): void {
  const connection = device.connection ?? world.connect(device);
  const calls = device.outbox.map((word) => ({ word, call: world.newId("call") }));
  for (const { word, call } of calls) world.note(connection, { kind: "invoke", call, op: "send", ...word });
  calls.forEach(({ word, call }, i) => {
    if (i < (reach?.written ?? calls.length))
      arrive(world, connection, { ...word, call, isAnswered: i < (reach?.answered ?? i + 1) });
  });
  if (!reach) return;
  const unanswered = calls.filter(({ word }) => device.outbox.includes(word));
  world.close(connection);
  for (const { call } of unanswered) world.note(connection, { kind: "info", call, why: "transport close" });
}

type Arriving = { clientId: string; text: string; call: string; isAnswered: boolean };

/** The door's order: a known key is answered first, then the baton decides. */
function arrive(world: World, connection: Connection, { clientId, text, call, isAnswered }: Arriving): void {
  const { device } = connection;
  const known = world.server.known(device.user, clientId);
  const isRefused = !known && device.user.holder !== device.id;
  const message = isRefused ? undefined : (known ?? append(world, connection, { text, clientId }));
  if (!isAnswered) return;
  device.outbox = device.outbox.filter((word) => word.clientId !== clientId);
  if (message) world.note(connection, { kind: "ok", call, message });
  else {
    world.note(connection, { kind: "refused", call, code: "not_active_device", retryable: false });
    world.note(connection, { kind: "returned", clientId });
  }
}

function append(world: World, { device, who }: Connection, word: { text: string; clientId: string }): Seen {
  const { server } = world;
  const current = server.current(device.user);
  const session = current ?? server.begin(device.user);
  const wasWarned = session.isWarned;
  if (session.state === "idle") reopen(world, session, who.node);
  const message = server.append(session, word.text, word.clientId);
  const begun = { kind: "change", sessionId: session.id, rev: message.rev, state: "open" } as const;
  world.announce(session, [...(current ? [] : [begun]), { kind: "delivery", message }], who.node);
  if (wasWarned) world.announce(session, [{ kind: "active", sessionId: session.id }], who.node);
  return message;
}

function reopen(world: World, session: MadeSession, node: string): void {
  session.state = "open";
  session.runsUntil = world.server.now + POLICY.maxDurationMs;
  session.rev += 1;
  world.announce(session, [{ kind: "change", sessionId: session.id, rev: session.rev, state: "open" }], node);
}

export function botSays(world: World, session: MadeSession): void {
  const message = world.server.append(session, `answer ${world.newId("")}`);
  world.announce(session, [{ kind: "delivery", message }], world.chance.pick(NODES) ?? "a");
}

/** An edit or a delete of one's own, by who holds the baton. */
export function changeOwn(world: World, connection: Connection, session: MadeSession): void {
  const own = session.messages.filter(({ author, deleted }) => author === "visitor" && !deleted);
  const target = world.chance.pick(own);
  if (!target || session.state !== "open" || connection.device.user.holder !== connection.device.id) return;
  const call = world.newId("call");
  const op = world.chance.once(3) ? "delete" : "edit";
  const text = op === "edit" ? `${target.text}, rather ${call}` : "";
  world.note(connection, { kind: "invoke", call, op, messageId: target.id, text });
  const message = world.server.change(session, target, op === "edit" ? text : undefined);
  if (!message) return;
  world.announce(session, [{ kind: "delivery", message }], connection.who.node);
  world.note(connection, { kind: "ok", call, message });
}

/** Nobody says a word until this session's next deadline; whatever else comes due meanwhile takes effect too. */
export function fallSilent(world: World, session: MadeSession): void {
  const until = world.server.next(session)?.at;
  if (until !== undefined) fireUntil(world, until);
}

/** What came due while people did other things. */
export function fireDue(world: World): void {
  fireUntil(world, world.server.now);
}

function fireUntil(world: World, until: number): void {
  const { server } = world;
  for (let due = firstDue(world); due && due.at <= until; due = firstDue(world)) {
    const lateMs = world.chance.below(900);
    world.pass(Math.max(0, due.at + lateMs - server.now));
    fire(world, due.session, { ...due, lateMs, node: world.chance.pick(NODES) ?? "a" });
  }
}

function firstDue({ server }: World) {
  const dues = server.sessions.flatMap((session) => {
    const next = server.next(session);
    return next ? [{ session, ...next }] : [];
  });
  return dues.sort((a, b) => a.at - b.at)[0];
}

function fire(world: World, session: MadeSession, due: Fired & { kind: "warn" | "idle" | "end" }): void {
  if (due.kind === "end") end(world, session, due);
  else if (due.kind === "idle") idle(world, session, due);
  else warn(world, session, due);
}

function warn(world: World, session: MadeSession, { at, lateMs }: Fired): void {
  session.isWarned = true;
  const closesAt = at + POLICY.warnBeforeMs;
  const remainingMs = POLICY.warnBeforeMs - lateMs;
  for (const connection of world.connectionsOf(session.user))
    world.note(connection, { kind: "warned", sessionId: session.id, closesAt, remainingMs });
}

type Fired = { at: number; lateMs: number; node: string };

function idle(world: World, session: MadeSession, { at, lateMs, node }: Fired): void {
  session.state = "idle";
  session.idledAt = at;
  session.isWarned = false;
  session.rev += 1;
  const { id: sessionId, rev } = session;
  const endsAt = at + POLICY.hardExpiryMs - POLICY.softExpiryMs;
  const idled = { kind: "idled", sessionId, rev, at, endsAt, lateMs } as const;
  world.announce(session, [{ kind: "change", sessionId, rev, state: "idle" }, idled], node);
}

function end(world: World, session: MadeSession, { at, lateMs, node }: Fired): void {
  session.state = "ended";
  session.endedAt = at;
  session.rev += 1;
  const { id: sessionId, rev } = session;
  const ended = { kind: "ended", sessionId, rev, at, reason: "timeout", lateMs } as const;
  world.announce(session, [{ kind: "change", sessionId, rev, state: "ended" }, ended], node);
}

export function readBack(world: World, connection: Connection, session: MadeSession): void {
  world.note(connection, { kind: "page", sessionId: session.id, messages: session.messages.slice(-20) });
  world.note(connection, { kind: "aside", event: "typing", sessionId: session.id });
}

/** The gateway has opened it, and its Snapshot never arrives: what is announced meanwhile does. */
export function openInVain(world: World, device: Device, session: MadeSession): void {
  const connection = { device, who: { ...world.whoOf(device) } };
  world.note(connection, { kind: "connected" });
  const message = world.server.append(session, "a word amid the opening");
  world.announce(session, [{ kind: "delivery", message }], connection.who.node);
  world.note(connection, { kind: "delivery", message });
  world.note(connection, { kind: "closed" });
}
