import { expect, test } from "vitest";
import { builtInDemoSite } from "../config/demoSite.ts";
import { LimitsConfig } from "../config/limitsConfig.ts";
import { createVault } from "../transcript/vault.ts";
import type { Connection } from "./connection.ts";
import { createConnections } from "./connections.ts";

const site = builtInDemoSite(3_000, "a-secret-of-the-tests-32-characters");
const vault = createVault(Buffer.alloc(32, 1));
const keys = vault.keyring([vault.newKey()]);
let count = 0;

function connection(address = "1.2.3.4"): Connection {
  return {
    id: `connection ${++count}`,
    address,
    site,
    device: { id: "device", label: "Device" },
    claim: { kind: "new", userId: "ada" },
    admitted: undefined,
    tab: undefined,
    visible: true,
    usedAt: 0,
    owesLife: 0,
    tokenExpiresAt: undefined,
    toldExpiring: false,
    visitorToken: undefined,
    merged: undefined,
    mayOpenAt: 0,
    returnAfterMs: undefined,
    caller: undefined,
    opening: Promise.resolve(),
  };
}

const limits = (more: Partial<LimitsConfig>): LimitsConfig => ({
  ...LimitsConfig.parse({}),
  userConnectionsPerMinute: 60_000,
  addressConnectionsPerSecond: 1_000,
  ...more,
});

function house(more: Partial<LimitsConfig> = {}) {
  const connections = createConnections(limits(more));
  /** Arrives, joins, and is somebody, as the open door does it. */
  function visit(userId: string) {
    const one = connection();
    connections.arrive(one);
    const waitMs = connections.spendOpening(userId);
    if (waitMs > 0) return { one, waitMs };
    const { full } = connections.joinUser(one, userId);
    const user = { kind: "visitor" } as const;
    const { id: connectionId, device } = one;
    one.caller = { userId, keys, connectionId, site, device, user, epoch: 1 };
    return { one, full, waitMs };
  }
  return { connections, visit };
}

test("someone's connections are known until each has left, and the last to leave is told", () => {
  const { connections, visit } = house();
  const [first, second, bobs] = [visit("ada").one, visit("ada").one, visit("bob").one];
  expect(connections.ofUser("ada")).toEqual([first, second]);
  expect(connections.size).toBe(3);
  expect(connections.leave(first)).toEqual({ userId: "ada", ofUser: false, ofDevice: false });
  expect(connections.leave(second)).toEqual({ userId: "ada", ofUser: true, ofDevice: true });
  expect(connections.ofUser("ada")).toEqual([]);
  expect([...connections.all()]).toEqual([bobs]);
});

test("one connection more than a user may have is too many, until one of them leaves", () => {
  const { connections, visit } = house({ userConnections: 2 });
  const first = visit("ada").one;
  visit("ada");
  const third = visit("ada");
  expect(third).toMatchObject({ full: true, waitMs: 0 });
  connections.leave(third.one);
  connections.leave(first);
  expect(visit("ada").full).toBe(false);
});

test("one that is too many over all nodes is so here, and takes nobody's room until it has gone", () => {
  const { connections, visit } = house({ userConnections: 2 });
  const first = visit("ada").one;
  const beyond = connection();
  connections.arrive(beyond);
  expect(connections.joinUser(beyond, "ada", "full")).toEqual({ full: true });
  expect([...connections.present()].map((one) => one.connection.connectionId)).toEqual([first.id]);
  expect(visit("ada").full).toBe(false);
  expect(visit("ada").full).toBe(true);
});

test("one connection more than an address may have is too many, and other addresses do not mind", () => {
  const { connections } = house({ addressConnections: 2 });
  const [first, ...more] = [connection(), connection(), connection()];
  expect(first && connections.arrive(first).full).toBe(false);
  expect(more.map((one) => connections.arrive(one).full)).toEqual([false, true]);
  expect(connections.arrive(connection("5.6.7.8")).full).toBe(false);
  for (const one of more) connections.leave(one);
  expect(connections.arrive(connection()).full).toBe(false);
});

test("who opens too often waits, and does not count as there meanwhile", () => {
  const { connections, visit } = house({ userConnectionsPerMinute: 2 });
  visit("ada");
  visit("ada");
  const third = visit("ada");
  expect(third.waitMs).toBeGreaterThan(0);
  expect(connections.ofUser("ada").length).toBe(2);
  expect(connections.leave(third.one)).toEqual({ ofUser: false, ofDevice: false });
});

test("an address that connects too fast waits before its sessions open", () => {
  const { connections } = house({ addressConnectionsPerSecond: 1 });
  expect([1, 2, 3].map(() => connections.arrive(connection()).waitMs > 0)).toEqual([false, false, true]);
});

test("a page that was closed while its session opened is not counted for ever", () => {
  const { connections } = house({ userConnections: 1 });
  const closed = connection();
  connections.arrive(closed);
  connections.leave(closed);
  expect(connections.joinUser(closed, "ada")).toEqual({ full: false });
  expect(connections.ofUser("ada")).toEqual([]);
});

test("a connection that never became anybody leaves no trace", () => {
  const { connections } = house();
  const stranger = connection();
  connections.arrive(stranger);
  expect(connections.leave(stranger)).toEqual({ ofUser: false, ofDevice: false });
  expect(connections.size).toBe(0);
});
