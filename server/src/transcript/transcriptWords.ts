/** PURE. How a transcript names who spoke and what became of a message: the same in text and page. */
import type { Message } from "@baton/shared/visitor/shapes";

type Person = { readonly id: string; readonly externalId?: string; readonly name?: string };

const UNNAMED = { bot: "Bot", agent: "Agent", system: "—" } as const;

export function speakerOf({ author }: Message, user: Person): string {
  if (author.kind !== "visitor") return author.name ?? UNNAMED[author.kind];
  return author.name ?? user.name ?? user.externalId ?? "Visitor";
}

const UNFINISHED = {
  complete: "",
  streaming: " (still writing)",
  interrupted: " (interrupted)",
  failed: " (failed)",
} as const;

/** A deleted message keeps its place, so the reader sees that something was there. */
export function bodyOf({ text, status, editedAt, deletedAt }: Message): string {
  if (deletedAt !== undefined) return "(deleted)";
  return `${text}${UNFINISHED[status]}${editedAt === undefined ? "" : " (edited)"}`;
}
