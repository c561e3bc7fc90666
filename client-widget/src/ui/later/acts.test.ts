import type { Ack } from "@baton/shared/refusals";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type PanelMoment, QUIET } from "../../chat/banner.ts";
import { session } from "../../chat/chatState.fixture.ts";
import { type ChatState, EMPTY_CHAT } from "../../chat/chatState.ts";
import type { PanelModel } from "../panelModel.ts";
import { extend, resume, takeover } from "./acts.ts";

const lock = { holder: null, epoch: 7, mine: false };

/** A panel as far as these acts know it. */
function pretend(state: Partial<ChatState>, answer: () => Promise<Ack<unknown>>) {
  const moments: PanelMoment["moving"][] = [];
  const ask = vi.fn((_event: string, _payload: unknown) => answer());
  const moment = { value: QUIET };
  const panel = {
    moment,
    note(change: Partial<PanelMoment>) {
      moment.value = { ...moment.value, ...change };
      moments.push(moment.value.moving);
    },
    conversation: { ask, store: { state: { ...EMPTY_CHAT, ...state } } },
  };
  return { panel: panel as unknown as PanelModel, moments, ask };
}

const refusal = (code: "rate_limited" | "conflict", retryAfterMs?: number): Ack<unknown> => ({
  ok: false,
  error: { code, message: "", retryable: false, ...(retryAfterMs ? { retryAfterMs } : {}) },
});

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("«Continue here»", () => {
  it("compares the epoch this page has seen", async () => {
    const { panel, moments, ask } = pretend({ lock }, async () => ({ ok: true, data: {} }));
    await takeover(panel);
    expect(ask).toHaveBeenCalledWith("session:takeover", { epoch: 7 });
    expect(moments).toEqual(["moving", "no"]);
  });

  it("is pressed once, however often", () => {
    const { panel, ask } = pretend({ lock }, () => new Promise(() => undefined));
    void takeover(panel);
    void takeover(panel);
    expect(ask).toHaveBeenCalledTimes(1);
  });

  it("gives up hope after three seconds, and may still come true", async () => {
    let answer: (ack: Ack<unknown>) => void = () => undefined;
    const { panel, moments } = pretend({ lock }, () => new Promise((resolve) => (answer = resolve)));
    const pressed = takeover(panel);
    vi.advanceTimersByTime(3_000);
    expect(moments).toEqual(["moving", "failed"]);
    answer({ ok: true, data: {} });
    await pressed;
    expect(moments.at(-1)).toBe("no");
  });

  it("waits as long as it is told where two devices fight", async () => {
    const { panel, moments } = pretend({ lock }, async () => refusal("rate_limited", 10_000));
    await takeover(panel);
    vi.advanceTimersByTime(9_999);
    expect(moments).toEqual(["moving", "wait"]);
    vi.advanceTimersByTime(1);
    expect(moments.at(-1)).toBe("ready");
  });

  it("may be tried again when somebody else was quicker", async () => {
    const { panel, moments } = pretend({ lock }, async () => refusal("conflict"));
    await takeover(panel);
    expect(moments).toEqual(["moving", "failed"]);
  });
});

describe("«Continue» and «Start new»", () => {
  const tracks = (state: "idle" | "ended") => ({ s1: { session: session({ state }), rev: 1, ahead: [] } });
  it.each([
    ["continue", "idle", ["session:resume", { sessionId: "s1" }]],
    ["new", "idle", ["session:start", { sessionId: "s1" }]],
    ["new", "ended", ["session:start", {}]],
  ] as const)("%s, what is %s", async (how, state, asked) => {
    const { panel, ask } = pretend({ tracks: tracks(state) }, async () => ({ ok: true, data: {} }));
    await resume(panel, how);
    expect(ask.mock.calls).toEqual([asked]);
  });

  it("continues nothing that has ended", async () => {
    const { panel, ask } = pretend({ tracks: tracks("ended") }, async () => ({ ok: true, data: {} }));
    await resume(panel, "continue");
    expect(ask).not.toHaveBeenCalled();
  });
});

describe("what is pressed while there is no line for a moment", () => {
  const NOBODY = () => Promise.reject(new Error("no line"));

  it("is asked when the line is back", async () => {
    const answers = [NOBODY, NOBODY, async () => ({ ok: true, data: {} }) as const];
    const { panel, ask } = pretend({}, () => (answers.shift() ?? NOBODY)());
    const pressed = extend(panel);
    await vi.advanceTimersByTimeAsync(2_000);
    await pressed;
    expect(ask.mock.calls).toEqual(Array(3).fill(["session:keepalive", {}]));
  });

  it("is given up after some seconds, and asked once where the answer is no", async () => {
    const gone = pretend({}, NOBODY);
    const pressed = extend(gone.panel);
    await vi.advanceTimersByTimeAsync(60_000);
    await pressed;
    expect(gone.ask).toHaveBeenCalledTimes(6);
    const refused = pretend({}, async () => refusal("conflict"));
    await extend(refused.panel);
    expect(refused.ask).toHaveBeenCalledTimes(1);
  });
});
