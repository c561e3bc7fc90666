import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { snapshot } from "../../chat/chatState.fixture.ts";
import type { Conversation } from "../../chat/conversation.ts";
import { Store } from "../../chat/store.ts";
import { openKept } from "../../connection/kept.ts";
import type { OutboxAction } from "../../connection/outbox.ts";
import type { Shell } from "../../embed/shell.ts";
import { PanelModel } from "../panelModel.ts";

const page = { visibilityState: "visible", hasFocus: () => true };
const draft = { text: "from my phone", deviceId: "d2", at: "2026-01-05T10:00:00.000Z" };
let panels: PanelModel[] = [];

/** Windows of one browser: what one drops is dropped in all. Each has loaded the files for itself. */
async function openWindow() {
  const store = new Store();
  store.dispatch({ kind: "snapshot", snapshot: snapshot(), now: 0 });
  const change = (action: OutboxAction) => {
    for (const { conversation } of panels) conversation.store.dispatch({ kind: "outbox", action });
  };
  const conversation = { store, change, ask: async () => ({ ok: true }) } as unknown as Conversation;
  const kept = openKept("", () => {
    throw new Error("denied");
  });
  const panel = new PanelModel(conversation, {} as Shell, kept, () => new Promise(() => undefined));
  panels.push(panel);
  vi.resetModules();
  const { meetDraft, takeReturned } = await import("./arrived.ts");
  const as = (focus: boolean, act: () => Promise<void>) => {
    page.hasFocus = () => focus;
    return act();
  };
  return {
    meet: (focus: boolean) => as(focus, () => meetDraft(panel, draft)),
    look: (focus: boolean) => as(focus, () => takeReturned(panel)),
    words: () => panel.drafting.text.value,
  };
}

function giveBack(...texts: string[]): void {
  for (const { conversation } of panels) {
    for (const text of texts) {
      const entry = { clientId: text, text, createdAt: Date.now(), sessionId: undefined, state: "returned" as const };
      conversation.store.dispatch({ kind: "outbox", action: { kind: "add", entry } });
    }
  }
}

/** As far as `ifAvailable` goes. */
function fakeLocks() {
  const taken = new Set<string>();
  return {
    async request(name: string, _: LockOptions, hold: (lock: object | null) => Promise<void>) {
      await null;
      if (taken.has(name)) return hold(null);
      taken.add(name);
      await hold({});
      taken.delete(name);
    },
  };
}

beforeEach(() => {
  vi.useFakeTimers();
  panels = [];
  page.visibilityState = "visible";
  vi.stubGlobal("document", page);
  vi.stubGlobal("navigator", { locks: fakeLocks() });
});
afterEach(() => {
  for (const panel of panels) panel.drafting.stop();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it.each([
  { windows: "the one with the focus", focus: [false, true], takes: 1 },
  { windows: "one, where none has the focus", focus: [false, false], takes: 0 },
  { windows: "one, where both say they have it", focus: [true, true], takes: 0 },
])("gives what comes to one of two visible windows: $windows", async ({ focus, takes }) => {
  const two = [await openWindow(), await openWindow()];
  giveBack("first", "second");
  const looked = two.map((each, i) => each.look(focus[i] === true));
  await vi.advanceTimersByTimeAsync(200);
  await Promise.all(looked);
  const met = two.map((each, i) => each.meet(focus[i] === true));
  await vi.advanceTimersByTimeAsync(200);
  await Promise.all(met);
  expect(two.map((each) => each.words())).toEqual(two.map((_, i) => (i === takes ? "first\nsecond" : "")));
  expect(panels.map((panel) => panel.moment.value.arrived?.text)).toEqual(
    two.map((_, i) => (i === takes ? draft.text : undefined)),
  );
});

it("lets a window take what comes while it is taking, and another one later", async () => {
  const [one, other] = [await openWindow(), await openWindow()];
  giveBack("first");
  await Promise.all([one.look(true), one.meet(true)]);
  expect(one.words()).toBe("first");
  expect(panels[0]?.moment.value.arrived?.clash).toBe(true);
  await vi.advanceTimersByTimeAsync(1_000);
  giveBack("second");
  await other.look(true);
  expect(other.words()).toBe("second");
});

it("gives nothing to a hidden window, and all to one that knows of no others", async () => {
  const one = await openWindow();
  giveBack("first");
  page.visibilityState = "hidden";
  await one.look(true);
  expect(one.words()).toBe("");
  page.visibilityState = "visible";
  vi.stubGlobal("navigator", {});
  await Promise.all([one.look(true), one.look(true)]);
  expect(one.words()).toBe("first");
});
