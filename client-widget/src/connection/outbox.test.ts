import { describe, expect, it } from "vitest";
import { judgeOutbox, nextToSend, type OutboxEntry, STALE_MS } from "./outbox.ts";

const entry = (clientId: string, createdAt: number, given: Partial<OutboxEntry> = {}): OutboxEntry => ({
  clientId,
  text: clientId,
  createdAt,
  state: "waiting",
  ...given,
});
const a = entry("a", 1);
const b = entry("b", 2);

describe("the outbox", () => {
  it("sends in the order things were written", () => {
    const outbox = judgeOutbox(judgeOutbox([], { kind: "add", entry: b }), { kind: "load", entries: [a], now: 3 });
    expect(outbox).toEqual([a, b]);
    expect(nextToSend(outbox)).toBe(a);
  });

  it("does not send twice what is added twice", () => {
    expect(judgeOutbox([a], { kind: "add", entry: a })).toEqual([a]);
  });

  it("goes on with the next when one was refused for good", () => {
    const outbox = judgeOutbox([a, b], { kind: "refuse", clientId: "a", code: "session_ended" });
    expect(nextToSend(outbox)).toBe(b);
    expect(outbox[0]).toMatchObject({ state: "refused", refusal: "session_ended" });
  });

  it("keeps for its person what another device's turn refused, and holds nobody up with it", () => {
    const outbox = judgeOutbox([a, b], { kind: "refuse", clientId: "a", code: "not_active_device" });
    expect(outbox[0]?.state).toBe("returned");
    expect(nextToSend(outbox)).toBe(b);
  });

  it("tries a refused one again under the same key, in whichever session is open", () => {
    const refused = entry("a", 1, { state: "refused", refusal: "session_ended", sessionId: "s1" });
    expect(judgeOutbox([refused], { kind: "retry", clientId: "a", now: 9 })).toEqual([entry("a", 9)]);
  });

  it("asks before it sends what was written more than an hour ago", () => {
    const now = STALE_MS + 3;
    const outbox = judgeOutbox([], { kind: "load", entries: [a, entry("c", now - 5)], now });
    expect(outbox.map((held) => held.state)).toEqual(["stale", "waiting"]);
    expect(nextToSend(outbox)?.clientId).toBe("c");
  });

  it("trusts what it holds more than what storage says", () => {
    const refused = entry("a", 1, { state: "refused" });
    expect(judgeOutbox([refused], { kind: "load", entries: [a], now: 3 })).toEqual([refused]);
  });

  it("forgets what was kept by the gateway or thrown away", () => {
    expect(judgeOutbox([a, b], { kind: "kept", clientId: "a" })).toEqual([b]);
    expect(judgeOutbox([a, b], { kind: "drop", clientId: "b" })).toEqual([a]);
  });
});
