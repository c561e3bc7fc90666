/**
 * Makes a history of a system that works, whatever befalls it: the checker must find nothing in it. Used by the checker's own tests,
 * which then break it in one place (defects.ts).
 */
import type { HistoryEvent } from "../events.ts";
import type { FinalDatabase } from "../finalDatabase.ts";
import { chanceOf } from "./chance.ts";
import { botSays, changeOwn, fallSilent, fireDue, flush, openInVain, readBack, write } from "./deeds.ts";
import { type Device, NODES, World } from "./world.ts";

export type Made = { history: HistoryEvent[]; database: FinalDatabase };

const HOW_MANY = 45;
const FAULT_EVERY = 12;

export function madeHistory(seed: number): Made {
  const world = new World(chanceOf(seed));
  populate(world);
  sampleAll(world, 40_000_000);
  for (const device of world.devices) world.connect(device);
  countAll(world);
  for (let i = 0; i < HOW_MANY; i++) {
    if (i % FAULT_EVERY === FAULT_EVERY - 1) breakAndHeal(world);
    else doSomething(world);
    fireDue(world);
  }
  settle(world);
  sampleAll(world, 45_000_000);
  return { history: world.events, database: world.server.database() };
}

function populate(world: World): void {
  for (let p = 0; p < 2 + world.chance.below(2); p++) {
    const user = world.server.addUser();
    for (let d = 0; d < 1 + world.chance.below(3); d++) {
      const id = `p${p}d${d}`.padEnd(21, "-");
      world.devices.push({ id, name: `p${p}`, user, connection: undefined, page: undefined, outbox: [] });
    }
  }
}

function sampleAll(world: World, memoryBytes: number): void {
  for (const node of NODES) {
    const value = memoryBytes + world.chance.below(1_000_000);
    world.sample("memoryBytes", { node, value, quiet: true });
    world.sample("connections", { node, value: 0, quiet: true });
  }
}

/** Nobody comes or goes for a while. */
function countAll(world: World): void {
  world.pass(2_000);
  const here = world.devices.flatMap(({ connection }) => (connection ? [connection.who.node] : []));
  for (const node of NODES) {
    const value = here.filter((one) => one === node).length;
    world.sample("connections", { node, value, quiet: false });
  }
  world.pass(2_000);
}

type Deed = (world: World, device: Device) => void;

const speak: Deed = (world, device) => {
  write(world, device, 1 + world.chance.below(4));
  flush(world, device);
};

const answer: Deed = (world, { user }) => {
  const session = world.server.current(user);
  if (session?.state === "open") botSays(world, session);
};

const changeMind: Deed = (world, { user, connection }) => {
  const session = world.server.current(user);
  if (session && connection) changeOwn(world, connection, session);
};

const lookBack: Deed = (world, { user, connection }) => {
  const session = world.server.current(user);
  if (session && connection) readBack(world, connection, session);
};

/** Until something brings it back, others go on. */
const goAway: Deed = (world, { connection }) => {
  if (connection) world.close(connection);
};

const hearTooSoon: Deed = (world, device) => {
  const session = world.server.current(device.user);
  if (session?.state === "open") openInVain(world, device, session);
};

const DEEDS: readonly Deed[] = [
  ...[speak, speak, speak, speak, goAway],
  ...[answer, changeMind, lookBack, reload, takeOver, beSilent, breakAmidWords, readSlowly, hearTooSoon],
];

function doSomething(world: World): void {
  const device = world.chance.pick(world.devices);
  if (device) world.chance.pick(DEEDS)?.(world, device);
}

function reload(world: World, device: Device): void {
  if (device.connection) world.close(device.connection);
  // A reload forgets what the page held, a network change does not.
  if (world.chance.once(2)) device.page = undefined;
  world.connect(device);
}

function takeOver(world: World, device: Device): void {
  const connection = device.connection ?? world.connect(device);
  world.take(device);
  world.tellLock(connection);
}

function beSilent(world: World, device: Device): void {
  for (let i = 0; i <= world.chance.below(4); i++) {
    const session = world.server.current(device.user);
    if (session) fallSilent(world, session);
  }
  if (!world.chance.once(3)) return;
  write(world, device, 1);
  flush(world, device);
}

function breakAmidWords(world: World, device: Device): void {
  const { chance } = world;
  write(world, device, 2 + chance.below(4));
  const written = chance.below(device.outbox.length + 1);
  flush(world, device, { written, answered: chance.below(written + 1) });
  // Another device may be quicker to come back.
  if (chance.once(3)) takeOver(world, chance.pick(world.devices.filter(({ user }) => user === device.user)) ?? device);
  flush(world, device);
}

function readSlowly(world: World, device: Device): void {
  if (!device.connection) return;
  const { node, connection } = device.connection.who;
  world.sample("queuedBytes", { node, of: connection, value: world.chance.below(500_000), quiet: false });
}

function breakAndHeal(world: World): void {
  const { chance } = world;
  const node = chance.pick(NODES) ?? "a";
  const name = chance.pick(["SIGKILL", "deaf", "storage away"]) ?? "deaf";
  world.fault(name, node, "begin");
  if (name === "SIGKILL") dieAmidWords(world, node);
  else if (name === "deaf") speakToTheDeaf(world, node);
  else speakToNobody(world);
  world.fault(name, node, "heal");
  settle(world);
  fireDue(world);
  if (!chance.once(2)) world.pass(31_000);
  fireDue(world);
  doSomething(world);
}

function dieAmidWords(world: World, node: string): void {
  const { chance } = world;
  for (const device of world.devices) {
    if (device.connection?.who.node !== node) continue;
    write(world, device, chance.below(3));
    const written = chance.below(device.outbox.length + 1);
    flush(world, device, { written, answered: chance.below(written + 1) });
  }
}

function speakToTheDeaf(world: World, node: string): void {
  world.deafNode = node;
  for (let i = 0; i < 4; i++) {
    const device = world.chance.pick(world.devices);
    if (!device) continue;
    write(world, device, 1 + world.chance.below(2));
    flush(world, device);
  }
  world.deafNode = undefined;
}

/** Nothing can be written; everybody keeps what they have. */
function speakToNobody(world: World): void {
  for (const device of world.devices) {
    if (!device.connection || device.user.holder !== device.id) continue;
    write(world, device, 1 + world.chance.below(2));
    for (const word of device.outbox) {
      const call = world.newId("call");
      world.note(device.connection, { kind: "invoke", call, op: "send", ...word });
      world.note(device.connection, { kind: "refused", call, code: "storage_unavailable", retryable: true });
    }
  }
  world.pass(world.chance.once(2) ? 40_000 : 500);
}

/** Everybody is back, has everything, and has nothing left to send. */
function settle(world: World): void {
  for (const device of world.devices) if (!device.connection) world.connect(device);
  for (const device of world.devices) if (device.outbox.length > 0) flush(world, device);
  world.catchUp();
}
