import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { session, snapshot } from "../chat/chatState.fixture.ts";
import type { Conversation } from "../chat/conversation.ts";
import { Store } from "../chat/store.ts";
import { openKept } from "../connection/kept.ts";
import type { Shell } from "../embed/shell.ts";
import { PanelModel } from "./panelModel.ts";

/** A panel as far as an end knows it. */
function pretend() {
  const store = new Store();
  const ask = vi.fn(async (_event: string, _payload: unknown) => null);
  const kept = openKept("", () => {
    throw new Error("denied");
  });
  const panel = new PanelModel(
    { store, ask } as unknown as Conversation,
    {} as Shell,
    kept,
    () => new Promise(() => undefined),
  );
  const show = (id: string) => {
    const shown = session({ id, openedAt: `2026-01-05T10:00:0${id.slice(1)}.000Z` });
    store.dispatch({ kind: "snapshot", snapshot: snapshot({ session: shown }), now: 0 });
  };
  show("s1");
  return { panel, ask, show, ending: () => panel.moment.value.ending };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("«End chat»", () => {
  it("is told after ten seconds, once", () => {
    const { panel, ask, ending } = pretend();
    panel.endSoon();
    expect(ending()).toBe("undoable");
    vi.advanceTimersByTime(9_999);
    expect(ask).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(ask.mock.calls).toEqual([["session:close", { sessionId: "s1" }]]);
    expect(ending()).toBe("no");
    panel.endNow();
    expect(ask).toHaveBeenCalledTimes(1);
  });

  it("is told at once when the page goes, and never where it was undone", () => {
    const { panel, ask, ending } = pretend();
    panel.endSoon();
    panel.keepChatting();
    panel.endNow();
    vi.advanceTimersByTime(20_000);
    expect(ask).not.toHaveBeenCalled();
    expect(ending()).toBe("no");
    panel.endSoon();
    panel.endNow();
    expect(ask).toHaveBeenCalledTimes(1);
  });

  it("ends the session it was pressed in, whichever has begun since", () => {
    const { panel, ask, show } = pretend();
    panel.endSoon();
    show("s2");
    vi.advanceTimersByTime(10_000);
    expect(ask.mock.calls).toEqual([["session:close", { sessionId: "s1" }]]);
  });

  it("leaves a second press its own time", () => {
    const { panel, ask } = pretend();
    panel.endSoon();
    vi.advanceTimersByTime(5_000);
    panel.endSoon();
    vi.advanceTimersByTime(9_999);
    expect(ask).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(ask).toHaveBeenCalledTimes(1);
  });
});
