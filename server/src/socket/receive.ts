/**
 * The one door in: every event of every visitor's socket comes through here. In this order: is it served, does it fit
 * its schema, may the connection go on so fast, is it opened, (the lock), then one command; the answer goes to the ack.
 * The user's own budget of messages is judged last, and a known clientId is answered before it.
 */
import { performance } from "node:perf_hooks";
import { type VisitorCommandName, type VisitorPayload, visitorCommands } from "@baton/shared/commands";
import type { Ack } from "@baton/shared/refusals";
import { nanoid } from "nanoid";
import type * as z from "zod";
import type { Announcement } from "../announcement.ts";
import { carriedDraft } from "../commands/visitor/carriedDraft.ts";
import type { Answer, Caller, Handler, House } from "../commands/visitor/handler.ts";
import { ENDS, handlers, PASSIVE_MAY, type ServedCommand, TAKES } from "../commands/visitor/table.ts";
import { type Log, loggedError } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import { isStorageDown, STORAGE_AWAY } from "../postgres/storageDown.ts";
import { Refused, StaleEpoch } from "../refused.ts";
import { type Budgets, tooFast } from "./budgets.ts";
import type { Connection } from "./connection.ts";
import { createHoldBack, type HoldBack } from "./holdBack.ts";
import { createLine, type Line } from "./line.ts";

/** What the door asks of the hall behind it: socketServer.ts. */
export type Hall = {
  /** Turns a connection into a caller, once, and answers the Snapshot. */
  open(connection: Connection, payload: VisitorPayload<"session:open">): Promise<Answer<"session:open">>;
  /** What `say` sends to this connection leaves together. */
  together(connection: Connection, say: () => void): void;
  /** What people are told of a step on the way to an answer. */
  say(announcements: readonly Announcement[]): void;
  /** What is asked from now on is asked of another node. */
  isDraining(): boolean;
  /** Nobody is there any more to be answered. */
  hasLeft(connection: Connection): boolean;
  /** A person did something here. */
  used(connection: Connection): void;
  /** Ends a connection that is out of date in the way that lets its client open anew. */
  restart(connection: Connection): void;
  /** Performs what an answer says about the connection and tells the others, after the ack. */
  follow(connection: Connection, answer: Answer<VisitorCommandName>): void;
};

export type ReceiveParts = {
  house: House;
  hall: Hall;
  connectionBudgets: Budgets;
  messageBudgets: Budgets;
  metrics: Metrics;
  log: Log;
};

type Parts = ReceiveParts & { line: Line<Connection>; holdBack: HoldBack<Connection> };

type Reply = (ack: Ack<unknown>) => void;

/** Resolves when it is answered. */
export type Receive = (connection: Connection, packet: readonly unknown[]) => Promise<void>;

export function createReceive(given: ReceiveParts): Receive {
  const parts = { ...given, line: createLine<Connection>(), holdBack: createHoldBack<Connection>() };
  return (connection, [event, ...args]) => {
    const last = args.at(-1);
    const reply = typeof last === "function" ? (args.pop() as Reply) : undefined;
    return handle(parts, connection, { event: String(event), args, reply });
  };
}

type Followed = { event: string; answer: Answer<VisitorCommandName> };
type Packet = { event: string; args: readonly unknown[]; reply: Reply | undefined };

async function handle(parts: Parts, connection: Connection, packet: Packet): Promise<void> {
  const started = performance.now();
  const label = Object.hasOwn(visitorCommands, packet.event) ? packet.event : "unknown";
  let outcome = "ok";
  try {
    const answer = await dispatch(parts, connection, packet);
    parts.hall.together(connection, () => {
      packet.reply?.({ ok: true, data: answer.data });
      follow(parts, connection, { event: label, answer });
    });
  } catch (error) {
    const refused = await refusalOf(parts, connection, { event: label, error });
    outcome = refused?.code ?? "restart";
    if (refused) packet.reply?.({ ok: false, error: asOfNow(parts, connection, refused).toWire() });
    // No ack: what was sent with a grant of yesterday is sent again once the client knows today's.
    else parts.hall.restart(connection);
  }
  parts.metrics.commands.inc({ event: label, outcome });
  parts.metrics.commandSeconds.observe({ event: label }, (performance.now() - started) / 1_000);
}

/** Undefined where the connection itself is what is out of date. */
async function refusalOf(
  parts: Parts,
  connection: Connection,
  { event, error }: { event: string; error: unknown },
): Promise<Refused | undefined> {
  const { caller } = connection;
  if (!(error instanceof StaleEpoch) || !caller) return toRefused(error, { log: parts.log, connection, event });
  const { baton } = parts.house;
  try {
    return (await baton.isOutdated(caller)) ? undefined : baton.notActive(caller);
  } catch (away) {
    return toRefused(away, { log: parts.log, connection, event });
  }
}

/** The lock as it is when it is told: the connection may have heard of a later one while the command was refused. */
function asOfNow({ house }: Parts, { caller }: Connection, refused: Refused): Refused {
  return caller && refused.code === "not_active_device" ? house.baton.notActive(caller) : refused;
}

/** The ack has been said, and stays true whatever becomes of the rest. */
function follow({ hall, log }: Parts, connection: Connection, { event, answer }: Followed): void {
  try {
    hall.follow(connection, answer);
  } catch (error) {
    log.error({ event, connectionId: connection.id, error: loggedError(error) }, "what follows a command failed");
  }
}

/** Everything up to the command is synchronous, so what one connection sends is queued in the order in which it came. */
function dispatch(parts: Parts, connection: Connection, packet: Packet): Promise<Answer<VisitorCommandName>> {
  const { event } = packet;
  if (parts.hall.isDraining()) throw new Refused("draining", "This node is going away.", { retryAfterMs: 1_000 });
  if (event === "session:open") {
    const payload = parse(event, packet.args);
    spendConnection(parts, connection);
    return parts.hall.open(connection, payload);
  }
  if (!isServed(event)) throw new Refused("unknown_event", "This gateway does not serve an event of that name.");
  return run(parts, connection, event, packet.args);
}

async function run<E extends ServedCommand>(
  parts: Parts,
  connection: Connection,
  event: E,
  args: readonly unknown[],
): Promise<Answer<VisitorCommandName>> {
  const payload = parse(event, args);
  spendConnection(parts, connection);
  const { caller } = connection;
  if (!caller) throw new Refused("no_session", "Send session:open first and wait for its ack.");
  if (!NOBODY_THERE.has(event)) parts.hall.used(connection);
  if (event === "message:send") return send(parts, connection, caller, payload as VisitorPayload<"message:send">);
  const handler: Handler<E> = handlers[event];
  if (ENDS.has(event)) {
    return parts.line.join(connection, async () => {
      await take(parts, connection, event);
      return handler(caller, payload, parts.house);
    });
  }
  if (!PASSIVE_MAY.has(event) && mustAsk(parts, connection, caller)) {
    await parts.line.join(connection, () => take(parts, connection, event));
  }
  return handler(caller, payload, parts.house);
}

/** What a page says by itself: no sign of a person. */
const NOBODY_THERE: ReadonlySet<ServedCommand> = new Set<ServedCommand>(["sync", "presence:set", "auth:refresh"]);

/** Also who has the baton by now, while something that came before still asks for it. */
function mustAsk({ house, line }: Parts, connection: Connection, caller: Caller): boolean {
  return !line.isEmpty(connection) || !house.baton.isActive(caller);
}

/**
 * Whoever waited may have been given up by its page meanwhile, which has then been told elsewhere that this word is not
 * stored: so it is not.
 */
function mustBeThere({ hall }: Parts, connection: Connection): void {
  if (hall.hasLeft(connection)) throw new Refused("no_session", "This connection has ended.");
}

/** A known clientId is answered before the lock is judged: also to a device that has lost the baton since. */
async function send(
  parts: Parts,
  connection: Connection,
  caller: Caller,
  payload: VisitorPayload<"message:send">,
): Promise<Answer<"message:send">> {
  return parts.holdBack.pass(connection, payload.clientId, async (mayGoOn) => {
    if (mustAsk(parts, connection, caller)) {
      const known = await parts.line.join(connection, () => knownOrTaken(parts, connection, payload));
      if (known) return known;
      mayGoOn();
    }
    return sendWithinBudget(parts, caller, payload);
  });
}

async function knownOrTaken(
  parts: Parts,
  connection: Connection,
  payload: VisitorPayload<"message:send">,
): Promise<Answer<"message:send"> | undefined> {
  const { caller } = connection;
  mustBeThere(parts, connection);
  if (!caller || parts.house.baton.isActive(caller)) return undefined;
  const known = await repeatOf(parts, caller, payload);
  if (known) return known;
  try {
    await take(parts, connection, "message:send");
    return undefined;
  } catch (error) {
    // Between that look and this refusal another node may have committed its first sending, and then the takeover.
    const isPassive = error instanceof Refused && error.code === "not_active_device";
    const late = isPassive ? await repeatOf(parts, caller, payload) : undefined;
    if (late) return late;
    throw error;
  }
}

/**
 * A passive device's first word takes the baton that nobody live holds. What follows from that is told before it acts:
 * sending clears the draft; and whoever took first must not come later to the door out than who need not, or people
 * would hear of a later message first.
 */
async function take(parts: Parts, connection: Connection, event: ServedCommand): Promise<void> {
  const { house, hall } = parts;
  const { caller } = connection;
  mustBeThere(parts, connection);
  if (!caller || house.baton.isActive(caller)) return;
  const { hasPassed, moved } = await house.baton.takeToWrite(caller, TAKES.has(event));
  if (moved) hall.say(house.sessions.tell(caller, moved));
  if (hasPassed) hall.say(await carriedDraft(caller, house));
  mustBeThere(parts, connection);
}

/** The answer that this clientId has had, or would have had. */
async function repeatOf(
  { house, metrics }: Parts,
  caller: Caller,
  { clientId }: VisitorPayload<"message:send">,
): Promise<Answer<"message:send"> | undefined> {
  const message = await house.transcript.known(caller, clientId);
  if (!message) return undefined;
  metrics.duplicateMessages.inc();
  const { deadlines } = await house.sessions.margins(caller, message.sessionId);
  return { data: { message, rev: message.rev, deadlines } };
}

/**
 * A repeat costs nothing and is answered however fast it comes. Beyond the budget the first one may still be on its
 * way: the look-up waits its turn behind it.
 */
async function sendWithinBudget(
  parts: Parts,
  caller: Caller,
  payload: VisitorPayload<"message:send">,
): Promise<Answer<"message:send">> {
  const { house, messageBudgets, metrics } = parts;
  const retryAfterMs = messageBudgets.spend(caller.userId);
  if (retryAfterMs > 0) {
    const known = await repeatOf(parts, caller, payload);
    if (known) return known;
    throw tooFast("messages", retryAfterMs);
  }
  const answer = await handlers["message:send"](caller, payload, house);
  if (answer.appended) metrics.appendedMessages.inc();
  else {
    metrics.duplicateMessages.inc();
    messageBudgets.refund(caller.userId);
  }
  return answer;
}

function isServed(event: string): event is ServedCommand {
  return Object.hasOwn(handlers, event);
}

/** Commands without a payload may leave it out. */
function parse<E extends VisitorCommandName>(event: E, args: readonly unknown[]): VisitorPayload<E> {
  if (args.length > 1) {
    throw new Refused("invalid_payload", "Send one payload and an acknowledgement.", { details: { fields: [] } });
  }
  const parsed = visitorCommands[event].payload.safeParse(args.length === 0 ? {} : args[0]);
  if (parsed.success) return parsed.data as VisitorPayload<E>;
  const issues = parsed.error.issues.slice(0, TOLD_FIELDS);
  const fields = [...new Set(issues.flatMap(fieldsOf))].slice(0, TOLD_FIELDS);
  const message = issues.map((issue) => `${issue.path.join(".") || "payload"}: ${issue.message}`).join("; ");
  throw new Refused("invalid_payload", message.slice(0, TOLD_UNITS), { details: { fields } });
}

/** Whoever sends thousands of wrong keys is not sent them back. */
const TOLD_FIELDS = 20;
const TOLD_UNITS = 1_000;

/** The path of what does not fit; of a key that nobody knows, the key's own. */
function fieldsOf(issue: z.core.$ZodIssue): string[] {
  const keys = issue.code === "unrecognized_keys" ? issue.keys : [undefined];
  return keys
    .slice(0, TOLD_FIELDS)
    .map((key) => (key === undefined ? issue.path : [...issue.path, key]).join(".").slice(0, TOLD_UNITS / TOLD_FIELDS));
}

function spendConnection({ connectionBudgets }: Parts, connection: Connection): void {
  const retryAfterMs = connectionBudgets.spend(connection.id);
  if (retryAfterMs > 0) throw tooFast("commands on this connection", retryAfterMs);
}

type Where = { log: Log; connection: Connection; event: string };

function toRefused(error: unknown, { log, connection, event }: Where): Refused {
  if (error instanceof Refused) return error;
  if (isStorageDown(error)) {
    return new Refused("storage_unavailable", STORAGE_AWAY.message, { retryAfterMs: STORAGE_AWAY.retryAfterMs });
  }
  const faultId = nanoid(10);
  log.error({ faultId, event, connectionId: connection.id, error: loggedError(error) }, "a command failed");
  return new Refused("internal", `A fault of the gateway, in its log as ${faultId}.`, { retryAfterMs: 2_000 });
}
