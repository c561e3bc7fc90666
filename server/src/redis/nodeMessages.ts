/**
 * What nodes tell each other, beside what people are told. All of it may be lost: each is only the quick way to what
 * every node finds in the database by itself, a little later. What the next version adds is not heard, and does no harm.
 */
import * as z from "zod";

const id = z.string().min(1).max(100);

const NodeMessage = z.discriminatedUnion("kind", [
  /** Said every second and heard by who said it: commands, Redis and subscription all work. */
  z.object({ kind: z.literal("pulse"), from: id, n: z.int().optional() }),
  /** The baton of this user has passed, or was let go. */
  z.object({ kind: z.literal("baton"), from: id, userId: id }),
  /** Somebody is about to log out, everywhere where `deviceId` is null: who did it themselves hears another word. */
  z.object({ kind: z.literal("loggingOut"), from: id, userId: id, deviceId: id.nullable() }),
  /** Somebody was signed out, or two users became one. */
  z.object({ kind: z.literal("revoked"), from: id }),
  /** A streaming reply was ended by a commit of this node. */
  z.object({ kind: z.literal("abandon"), from: id, messageId: id }),
  /** The test clock was moved. */
  z.object({ kind: z.literal("clock"), from: id }),
]);
export type NodeMessage = z.output<typeof NodeMessage>;
type Unsigned<M> = M extends NodeMessage ? Omit<M, "from"> : never;
/** As it is handed in: its sender is added. */
export type NodeNews = Unsigned<NodeMessage>;

/** Undefined for whatever is none: anybody with access to Redis may publish. */
export function parseNodeMessage(bytes: Buffer): NodeMessage | undefined {
  if (bytes.length > 1_000) return undefined;
  try {
    return NodeMessage.safeParse(JSON.parse(bytes.toString())).data;
  } catch {
    return undefined;
  }
}
