/**
 * What every test checks without saying so: each ack and each event fits the schema that shared declares for it, with
 * no field beside it that nobody has declared.
 */
import { isDeepStrictEqual } from "node:util";
import { visitorCommands } from "@baton/shared/commands";
import { visitorNotices } from "@baton/shared/notices";
import { REFUSALS, type RefusalCode } from "@baton/shared/refusals";
import * as z from "zod";

const codes = Object.keys(REFUSALS) as [RefusalCode];

const RefusalOnWire = z
  .strictObject({
    code: z.enum(codes),
    message: z.string().min(1),
    retryable: z.boolean(),
    retryAfterMs: z.int().positive().optional(),
    details: z.record(z.string(), z.unknown()).optional(),
  })
  .refine((error) => error.code !== "rate_limited" || error.retryAfterMs !== undefined, "no retryAfterMs")
  .refine((error) => error.code !== "invalid_payload" || Array.isArray(error.details?.fields), "no details.fields");

const AckOnWire = z.discriminatedUnion("ok", [
  z.strictObject({ ok: z.literal(true), data: z.unknown() }),
  z.strictObject({ ok: z.literal(false), error: RefusalOnWire }),
]);

function fault(what: string, schema: z.ZodType, value: unknown): string | undefined {
  const parsed = schema.safeParse(value);
  if (!parsed.success) return `${what} does not fit: ${z.prettifyError(parsed.error)}\n${JSON.stringify(value)}`;
  return isDeepStrictEqual(parsed.data, value)
    ? undefined
    : `${what} says more than is declared: ${JSON.stringify(value)}`;
}

/** @returns what is wrong with an ack, if anything */
export function ackFault(event: string, answer: unknown): string | undefined {
  const wrong = fault(`the ack of ${event}`, AckOnWire, answer);
  const { data } = AckOnWire.safeParse(answer);
  if (wrong !== undefined || !data?.ok) return wrong;
  if (!Object.hasOwn(visitorCommands, event)) return `${event} is no command, and was answered ok`;
  return fault(`the ack of ${event}`, visitorCommands[event as keyof typeof visitorCommands].data, data.data);
}

/** @returns what is wrong with an event, if anything */
export function noticeFault(event: string, args: readonly unknown[]): string | undefined {
  if (!Object.hasOwn(visitorNotices, event)) return `nobody has declared the event ${event}`;
  if (args.length !== 1) return `${event} came with ${args.length} arguments`;
  return fault(`the event ${event}`, visitorNotices[event as keyof typeof visitorNotices].payload, args[0]);
}
