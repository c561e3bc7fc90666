import { EventEmitter } from "node:events";
import { expect, test } from "vitest";
import type { VisitorSocket } from "./announce.ts";
import { askForLife } from "./signOfLife.ts";

/** An Engine.IO socket as far as pings go. */
class Engine extends EventEmitter {
  pingTimeoutTimer: object | null = null;
  sendPacket(type: string): void {
    this.emit("packetCreate", { type });
  }
  regularPing(): void {
    this.sendPacket("ping");
    this.pingTimeoutTimer = {};
  }
  pong(): void {
    this.pingTimeoutTimer = null;
    this.emit("heartbeat");
  }
}

function page() {
  const conn = new Engine();
  const connection = { owesLife: 0 };
  return { conn, connection, ask: () => askForLife({ conn } as unknown as VisitorSocket, connection) };
}

test("the answer to what was asked is a sign of life, and then nothing is watched any more", () => {
  const { conn, connection, ask } = page();
  ask();
  expect(connection.owesLife).toBe(1);
  conn.pong();
  expect([connection.owesLife, conn.listenerCount("heartbeat"), conn.listenerCount("packetCreate")]).toEqual([0, 0, 0]);
});

test("the answer to a ping that was on its way already is none", () => {
  const { conn, connection, ask } = page();
  conn.regularPing();
  ask();
  conn.pong();
  expect(connection.owesLife).toBe(1);
  conn.pong();
  expect(connection.owesLife).toBe(0);
});

test("asked twice around a regular ping, only the answer to the last counts", () => {
  const { conn, connection, ask } = page();
  ask();
  conn.regularPing();
  conn.pong();
  expect(connection.owesLife).toBe(0);
  ask();
  conn.pong();
  expect(connection.owesLife).toBe(1);
  conn.pong();
  expect([connection.owesLife, conn.listenerCount("heartbeat")]).toEqual([0, 0]);
});
