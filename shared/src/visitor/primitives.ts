/**
 * The small schemas everything else is made of. Objects are strict throughout: an unknown key, `__proto__` above all,
 * is `invalid_payload` and never reaches a handler.
 */
import * as z from "zod";
import { LIMITS } from "../limits.ts";

/** Printable ASCII, so that it is safe in SQL text, in room names and in logs. */
const ID = /^[\x21-\x7e]+$/;

export const Id = z.string().min(1).max(64).regex(ID, "an id is 1 to 64 printable ASCII characters").meta({ id: "Id" });

/** The sender's own key of a message; nanoid is what we make, any printable ASCII is accepted. */
export const ClientId = Id.meta({ id: "ClientId" });

export const DeviceId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{21}$/, "device.id is 21 characters of nanoid's alphabet")
  .meta({ id: "DeviceId" });

/** ISO 8601, UTC. */
export const Time = z.iso.datetime().meta({ id: "Time" });

/** Whole milliseconds. */
export const DurationMs = z.int().meta({ id: "DurationMs" });

/** A place or a revision in a session: from 0, far below 2^53. */
export const Count = z.int().min(0).max(2_147_483_647).meta({ id: "Count" });

/**
 * Unicode's Stream-Safe Text Format (UAX 15): after thirty marks on one letter a joiner that nobody sees. NFC sorts the
 * marks of a letter in time that grows with their square: 8,000 of them cost 30 ms, on every way to the database.
 */
function streamSafe(text: string): string {
  return text.replace(/\p{M}+/gu, (marks) =>
    marks.length > 30 ? marks.replace(/.{30}(?=.)/gsu, (thirty) => `${thirty}\u034f`) : marks,
  );
}

/**
 * Text a person wrote: well-formed Unicode, no NUL (Postgres and many consumers cut there), kept in NFC.
 * The length is judged after normalising, because NFC can lengthen.
 */
export function writtenText(maxUnits: number) {
  return z
    .string()
    .max(maxUnits, `at most ${maxUnits} UTF-16 units`)
    .refine((text) => text.isWellFormed(), "text has a lone surrogate: send well-formed Unicode")
    .refine((text) => !text.includes("\u0000"), "text has a NUL character: leave it out")
    .transform((text) => streamSafe(text).normalize("NFC"))
    .refine((text) => text.length <= maxUnits, `at most ${maxUnits} UTF-16 units after Unicode NFC`);
}

export const MessageText = writtenText(LIMITS.textUnits).meta({ id: "MessageText" });

/** A message needs something to say. */
export const SomeText = writtenText(LIMITS.textUnits)
  .refine((text) => text.trim() !== "", "text is empty")
  .meta({ id: "SomeText" });

export const Comment = writtenText(LIMITS.commentUnits).meta({ id: "Comment" });

/** Free attributes of a host page: shallow, small, plain values. */
export const Attributes = z
  .record(z.string().regex(/^[A-Za-z][\w.-]{0,63}$/), z.union([writtenText(500), z.number(), z.boolean(), z.null()]))
  .refine((record) => Object.keys(record).length <= 50, "at most 50 attributes");

export const Empty = z.strictObject({});
