/** A conversation drawn at random: what two devices of a person do, one step after another. For gateway.snapshot-property. */
import type { Lock, Snapshot } from "@baton/shared/visitor/shapes";
import fc from "fast-check";
import { advance } from "../device-lock/devices.fixture.ts";
import type { TestClient } from "../testing/testClient.ts";
import type { TestGateway } from "../testing/testGateway.ts";
import { hear, type View, viewOf } from "../testing/view.ts";
import { HOUR, MINUTE } from "./silence.fixture.ts";

const text = fc.string({ minLength: 1, maxLength: 30 });
const which = fc.nat(20);

/** What a person does; numbers choose among what is there. */
const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant("send" as const), text }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("edit" as const), which, text }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("delete" as const), which }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("feedback" as const), which }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("read" as const), which }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("draft" as const), text: fc.string({ maxLength: 20 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("stop" as const), which }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom("close" as const, "start" as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("rate" as const), score: fc.integer({ min: 1, max: 5 }), text }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constantFrom("resume" as const, "keepalive" as const) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("takeover" as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("typing" as const) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("time" as const),
      afterAnswers: fc.boolean(),
      ms: fc.constantFrom(31_000, 28 * MINUTE, 30 * MINUTE, 90 * MINUTE, 3 * HOUR, 25 * HOUR),
    }),
  },
  // A silence that is warned of.
  { weight: 4, arbitrary: fc.constant({ kind: "time" as const, afterAnswers: true, ms: 28 * MINUTE }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant("together" as const), count: fc.integer({ min: 2, max: 6 }) }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

/** Each by one of two devices: the one without the baton is refused most things. */
export const steps = fc.array(
  fc.tuple(
    step,
    fc.nat(2).map((n) => (n === 0 ? ("phone" as const) : ("laptop" as const))),
  ),
  { minLength: 5, maxLength: 25 },
);

/** A device's page: what it was shown first, and all that it was told since. */
export class Page {
  readonly client: TestClient;
  readonly start: Snapshot;

  constructor(client: TestClient, start: Snapshot) {
    this.client = client;
    this.start = start;
  }

  get view(): View {
    return this.client.heard.reduce(hear, viewOf(this.start));
  }

  /** What is told to everybody else is told to whoever asked by the ack. */
  took({ lock }: { lock: Lock }): void {
    this.client.heard.push({ event: "lock:changed", payload: { lock } });
  }

  typed(draft: string): void {
    const payload = { text: draft, deviceId: this.client.deviceId, at: this.start.serverTime };
    this.client.heard.push({ event: "draft", payload });
  }
}

export type Where = { house: TestGateway; quiet(): Promise<void> };

/** A refusal is an answer like any other here: what counts is that everybody sees the same afterwards. */
export async function perform(page: Page, what: Step, { at, house, quiet }: Where & { at: number }): Promise<void> {
  const { client, view } = page;
  const sessionId = view.session?.id ?? "none";
  const messages = [...view.messages.values()];
  const messageId = ("which" in what ? messages[what.which % Math.max(messages.length, 1)]?.id : undefined) ?? "none";
  switch (what.kind) {
    case "send":
      await client.raw("message:send", { clientId: `c${at}`, text: `${what.text}.` });
      return;
    case "edit":
      await client.raw("message:edit", { messageId, text: `edited ${what.text}.` });
      return;
    case "delete":
      await client.raw("message:delete", { messageId });
      return;
    case "feedback":
      await client.raw("message:feedback", { messageId, value: what.which % 2 ? "up" : null });
      return;
    case "read":
      await client.raw("receipt:read", { sessionId, seq: what.which });
      return;
    case "draft": {
      const { ok } = await client.raw("draft:set", { text: what.text });
      if (ok) page.typed(what.text);
      return;
    }
    case "stop":
      await client.raw("reply:stop", { messageId });
      return;
    case "takeover": {
      const taken = await client.raw("session:takeover", {});
      if (taken.ok) page.took(taken.data as { lock: Lock });
      return;
    }
    case "close":
    case "start":
    case "keepalive":
      await client.raw(`session:${what.kind}`, {});
      return;
    case "resume":
      await client.raw("session:resume", { sessionId });
      return;
    case "rate":
      await client.raw("session:rate", { sessionId, score: what.score, comment: what.text });
      return;
    case "typing":
      await client.raw("typing:set", { typing: true });
      return;
    case "time":
      // Silence is warned of only where the answer has come.
      if (what.afterAnswers) await quiet();
      await advance(house, what.ms);
      return;
    case "together":
      await Promise.all(
        Array.from({ length: what.count }, (_, i) =>
          client.raw("message:send", { clientId: `c${at}-${i}`, text: `at once ${i}` }),
        ),
      );
  }
}
