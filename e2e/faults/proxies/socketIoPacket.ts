/** What one WebSocket frame of Socket.IO says. PURE. Used by socketIoProxy.ts. */
import type { Direction } from "./tcpRules.ts";

const ENGINE = ["open", "close", "ping", "pong", "message", "upgrade", "noop"] as const;
const SOCKET = ["connect", "disconnect", "event", "ack", "connect_error", "binary", "binary"] as const;

type PacketType = Exclude<(typeof ENGINE)[number], "message"> | (typeof SOCKET)[number];

export type Packet = {
  /** `up`: from the client. */
  readonly direction: Direction;
  readonly type: PacketType;
  readonly namespace: string;
  /** Of a command that wants an ack, and of the ack. */
  readonly id?: number;
  /** Of an event its name; of an ack the name of the command that it answers. */
  readonly event?: string;
  /** What comes after the name; an ack's answer. */
  readonly args: readonly unknown[];
};

/** Engine.IO's «message», Socket.IO's type, attachments, namespace, id, content: `42/visitor,7["message:send",{…}]` */
const MESSAGE = /^4([0-6])(?:\d+-)?(?:(\/[^,]*),)?(\d+)?(.*)$/s;

/** @throws for what is neither */
export function parsePacket(direction: Direction, frame: string): Packet {
  const engine = ENGINE[Number(frame[0])];
  if (engine === undefined) throw new Error(`not a packet of Engine.IO: ${frame.slice(0, 100)}`);
  if (engine !== "message") return { direction, type: engine, namespace: "/", args: [] };
  const [, digit, namespace = "/", id, content = ""] = MESSAGE.exec(frame) ?? [];
  const type = SOCKET[Number(digit)];
  if (type === undefined) throw new Error(`not a packet of Socket.IO: ${frame.slice(0, 100)}`);
  const told: unknown = content === "" ? [] : JSON.parse(content);
  const all: readonly unknown[] = Array.isArray(told) ? told : [told];
  const packet = { direction, type, namespace, ...(id !== undefined && { id: Number(id) }) };
  return type === "event" ? { ...packet, event: String(all[0]), args: all.slice(1) } : { ...packet, args: all };
}
