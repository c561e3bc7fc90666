/** An expected «no»: thrown by commands, turned into the error half of an ack at the doors. */
import { REFUSALS, type Refusal, type RefusalCode } from "@baton/shared/refusals";

type Extra = { retryAfterMs?: number; details?: Record<string, unknown>; retryable?: boolean };

export class Refused extends Error {
  override readonly name = "Refused";
  readonly code: RefusalCode;
  readonly extra: Extra;

  /** @param message cause and mend, for a developer */
  constructor(code: RefusalCode, message: string, extra: Extra = {}) {
    super(message);
    this.code = code;
    this.extra = extra;
  }

  toWire(): Refusal {
    const { retryAfterMs, details, retryable = REFUSALS[this.code].retryable } = this.extra;
    return {
      code: this.code,
      message: this.message,
      retryable,
      ...(retryAfterMs !== undefined && { retryAfterMs }),
      ...(details && { details }),
    };
  }
}

/** One sentence for unknown and for another user's, so that nothing is told apart. */
export function notFound(what: string): Refused {
  return new Refused("not_found", `No such ${what} of this user.`);
}

/**
 * A write carried an epoch that is no more. Whether that is a refusal or this device's own later grant is found out at the
 * door: socket/receive.ts, refusalOf.
 */
export class StaleEpoch extends Error {
  override readonly name = "StaleEpoch";
  constructor() {
    super("another device has taken over since");
  }
}
