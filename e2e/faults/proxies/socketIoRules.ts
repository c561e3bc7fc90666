/** What a Socket.IO proxy can be told to do, and with which packets. Read by socketIoProxy.ts; written by tests and the nemesis. */
import type { AppliedRule } from "./appliedRule.ts";
import type { Packet } from "./socketIoPacket.ts";

export type PacketTreatment =
  | { readonly kind: "pass" }
  | { readonly kind: "drop" }
  | { readonly kind: "duplicate" }
  /** It comes so much later; what was said after it overtakes it. */
  | { readonly kind: "delay"; readonly ms: number }
  /** It comes when the rule is lifted; what was said after it overtakes it. */
  | { readonly kind: "hold" }
  /** Two that fit, one after the other, change places; `times` counts both. */
  | { readonly kind: "swap" }
  /** The transport is gone instead, without a word. */
  | { readonly kind: "cut" };

/** Whatever is left out fits everything. */
export type PacketRule = {
  /** For the log; its treatment when left out. */
  readonly name?: string;
  readonly direction?: Packet["direction"];
  readonly type?: Packet["type"];
  /** `{ type: "ack", event: "message:send" }` is the acknowledgement of that command. */
  readonly event?: string;
  readonly fits?: (packet: Packet) => boolean;
  /** How many packets; endless when left out. */
  readonly times?: number;
  readonly do: PacketTreatment;
};

export type PacketLine = Omit<Packet, "args"> & {
  /** ISO 8601. */
  readonly at: string;
  readonly rule: string;
  readonly connection: number;
};

export type AppliedPacketRule = AppliedRule<PacketTreatment, PacketLine>;

export function fitsPacket(rule: PacketRule, packet: Packet): boolean {
  if (rule.direction !== undefined && rule.direction !== packet.direction) return false;
  if (rule.type !== undefined && rule.type !== packet.type) return false;
  if (rule.event !== undefined && rule.event !== packet.event) return false;
  return rule.fits?.(packet) ?? true;
}
