import type { Lock } from "@baton/shared/visitor/shapes";
import { describe, expect, it } from "vitest";
import { at, message, session, snapshot } from "./chatState.fixture.ts";
import { type ChatInput, type ChatState, EMPTY_CHAT, type HeardNotice, isPassive, missed } from "./chatState.ts";
import { reduce } from "./reduce.ts";

const T0 = Date.parse(at(0));
const phone = { deviceId: "d2", label: "Safari on iPhone", since: at(1) };
const laptop = { deviceId: "d1", label: "Chrome on Linux", since: at(0) };
const mine: Lock = { holder: laptop, epoch: 1, mine: true };
const theirs: Lock = { holder: phone, epoch: 2, mine: false };

const run = (inputs: readonly ChatInput[], from: ChatState = EMPTY_CHAT) => inputs.reduce(reduce, from);
const opened = (given: Parameters<typeof snapshot>[0] = {}, now = T0): ChatInput => ({
  kind: "snapshot",
  snapshot: snapshot({ session: session(), lock: mine, ...given }),
  now,
});
const changed = (lock: Lock): HeardNotice => ({ kind: "notice", name: "lock:changed", payload: { lock } });

describe("the baton", () => {
  it("is lost where this page saw it go, and merely elsewhere where it was never here", () => {
    expect(run([opened(), changed(theirs)])).toMatchObject({ lost: true, rival: phone });
    expect(run([opened({ lock: theirs })])).toMatchObject({ lost: false, rival: phone });
    expect(run([opened(), opened({ lock: theirs })])).toMatchObject({ lost: true });
  });

  it("was never here for a person who has just signed in where another device of theirs has it", () => {
    const signedIn = opened({ user: { id: "u2", kind: "identified" }, lock: theirs });
    expect(run([opened(), signedIn])).toMatchObject({ lost: false, rival: phone });
  });

  it("is not taken back by news that is late", () => {
    expect(isPassive(run([opened(), changed(theirs), changed(mine)]))).toBe(true);
  });

  it("comes back by a takeover, and it is still known where it was", () => {
    const lock = { holder: laptop, epoch: 3, mine: true };
    const back = run([
      opened(),
      changed(theirs),
      { kind: "answer", event: "session:takeover", data: { lock }, now: T0 },
    ]);
    expect(back).toMatchObject({ lost: false, lock, rival: phone });
  });

  it("lies free when its holder vanished: then one may write, and asks how things stand afterwards", () => {
    const free = run([opened({ lock: theirs }), changed({ holder: null, epoch: 2, mine: false })]);
    expect(isPassive(free)).toBe(false);
    const data = { message: message(1), rev: 1, deadlines: { warnAt: null, idleAt: null, endAt: null } };
    const sent = run([{ kind: "answer", event: "message:send", data, now: T0 }], free);
    expect(sent.messages.m1).toBeDefined();
    expect(missed(sent)).toEqual({ sessionId: "s1", rev: 1 });
  });
});

describe("a warning", () => {
  const deadlines = { warnAt: null, idleAt: at(30), endAt: at(120) };
  const warning: HeardNotice = {
    kind: "notice",
    name: "session:warning",
    payload: { sessionId: "s1", closesAt: at(30), remainingMs: 120_000 },
    at: T0 + 5_000,
  };
  const active: HeardNotice = {
    kind: "notice",
    name: "session:active",
    payload: { sessionId: "s1", deadlines: { ...deadlines, warnAt: at(50) } },
  };

  it("counts by the server's clock, however wrong ours is", () => {
    const state = run([opened(), warning]);
    expect((state.pausesAt ?? 0) - state.skewMs - (T0 + 5_000)).toBe(120_000);
  });

  it("ends when the server says so, by whatever was done", () => {
    const warned = run([opened(), warning]);
    const stayed = { ...deadlines, warnAt: at(58), idleAt: at(60) };
    expect(warned.pausesAt).toBe(Date.parse(at(30)));
    expect(run([active], warned).pausesAt).toBeNull();
    const kept: ChatInput = { kind: "answer", event: "session:keepalive", data: { deadlines: stayed }, now: T0 };
    expect(run([kept], warned).pausesAt).toBeNull();
    const sent = { message: message(1), rev: 1, deadlines: stayed };
    expect(run([{ kind: "answer", event: "message:send", data: sent, now: T0 }], warned).pausesAt).toBeNull();
    const idle = session({ state: "idle", rev: 1 });
    const paused = { session: idle, at: at(30), resumableUntil: at(120), rev: 1 };
    expect(run([{ kind: "notice", name: "session:idle", payload: paused }], warned).pausesAt).toBeNull();
  });

  it("is not ended by what becomes of another session", () => {
    const warned = run([opened(), warning]);
    const idle = session({ id: "s0", state: "idle", openedAt: at(-60), rev: 1 });
    const ended = session({ id: "s0", state: "ended", openedAt: at(-60), rev: 2, endReason: "timeout" });
    const others: ChatInput[] = [
      {
        kind: "notice",
        name: "session:idle",
        payload: { session: idle, at: at(29), resumableUntil: at(120), rev: 1 },
      },
      { kind: "notice", name: "session:ended", payload: { session: ended, reason: "timeout", rev: 2 } },
    ];
    expect(run(others, warned).pausesAt).toBe(Date.parse(at(30)));
  });

  // Minutes of the server's clock; ours is an hour late.
  it.each([
    { told: "before it is due", warnAt: 28, idleAt: 30, now: 27, pausesAt: null },
    { told: "as it becomes due", warnAt: 28, idleAt: 30, now: 28, pausesAt: 30 },
    { told: "in the middle of it", warnAt: 28, idleAt: 30, now: 29, pausesAt: 30 },
    { told: "where a pause is near that nobody is warned of", warnAt: null, idleAt: 30, now: 29, pausesAt: null },
    { told: "where no pause is due", warnAt: null, idleAt: null, now: 29, pausesAt: null },
  ])("is known to a refresh and to a sync $told", ({ warnAt, idleAt, now, pausesAt }) => {
    const time = (minutes: number | null) => (minutes === null ? null : at(minutes));
    const given = { warnAt: time(warnAt), idleAt: time(idleAt), endAt: at(120) };
    const expected = pausesAt === null ? null : Date.parse(at(pausesAt));
    const ours = Date.parse(at(now - 60));
    const refreshed = run([opened({ deadlines: given, serverTime: at(now) }, ours)]);
    expect(refreshed.pausesAt).toBe(expected);
    const sync = { session: session(), lock: mine, deadlines: given, receipts: [], changes: [], rev: 0, reset: false };
    expect(run([{ kind: "synced", sync, now: ours }], { ...refreshed, pausesAt: 1 }).pausesAt).toBe(expected);
  });
});

describe("coming back", () => {
  const previous = { sessionId: "s1", endedAt: at(200), unresolved: [] };
  const gone = (kind: "primed" | "fresh") => opened({ session: null, resumption: { kind, previous } });

  it("tells of an end that nobody saw: here a page held it open, or nothing of it is taken up", () => {
    const away = run([opened(), gone("primed")]);
    expect(away.endedAway).toBe(true);
    expect(away.tracks.s1?.session).toMatchObject({ state: "ended", endedAt: at(200) });
    expect(run([gone("fresh")]).endedAway).toBe(true);
    expect(run([gone("primed")]).endedAway).toBe(false);
    expect(run([opened(), gone("primed"), gone("primed")]).endedAway).toBe(true);
    expect(run([opened(), gone("primed"), opened()]).endedAway).toBe(false);
  });

  it("does not tell of an end that was seen", () => {
    const ended = session({ state: "ended", rev: 1, endReason: "visitor" });
    const seen: HeardNotice = {
      kind: "notice",
      name: "session:ended",
      payload: { session: ended, reason: "visitor", rev: 1 },
    };
    expect(run([opened(), seen, gone("primed")]).endedAway).toBe(false);
  });

  it("greets nobody who has just chosen to start anew", () => {
    const data = snapshot({ lock: mine, resumption: { kind: "fresh", greeting: "Welcome back", previous } });
    const state = run([opened(), { kind: "answer", event: "session:start", data, now: T0 }]);
    expect(state.resumption).toEqual({ kind: "none", previous });
    expect(state).toMatchObject({ endedAway: false });
    expect(state.tracks.s1?.session?.state).toBe("ended");
  });

  it("offers an idle session to a new page, and says «paused» where it is on the screen already", () => {
    const idle = opened({ session: session({ state: "idle" }), resumption: { kind: "offer" } });
    expect(run([idle]).resumption?.kind).toBe("offer");
    expect(run([opened(), idle]).resumption?.kind).toBe("restored");
  });

  it("checks after a sleep until the server has told", () => {
    const woke = run([opened(), { kind: "woke" }]);
    expect(woke.checking).toBe(true);
    expect(missed(woke)).not.toBeNull();
    const { session: _, ...rest } = snapshot({ lock: mine });
    const sync = { ...rest, session: session(), changes: [], reset: false };
    expect(run([{ kind: "synced", sync, now: T0 }], woke).checking).toBe(false);
    expect(run([opened()], woke).checking).toBe(false);
    expect(run([{ kind: "woke" }]).checking).toBe(false);
  });
});
