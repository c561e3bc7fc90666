import { describe, expect, it } from "vitest";
import { joinTabs, type TabPorts, type TabWord } from "./tabs.ts";

/** A browser with Web Locks and channels, as far as tabs see it. */
function fakeBrowser() {
  const waiting: { start: () => void; aborted: boolean }[] = [];
  const channels = new Set<{ onmessage: ((event: MessageEvent) => void) | null }>();
  let held = false;
  const next = () => {
    const first = waiting.shift();
    held = first !== undefined && !first.aborted;
    if (held) first?.start();
    else if (first) next();
  };
  const request = (_: string, options: LockOptions, hold: () => Promise<unknown>) =>
    new Promise((resolve, reject) => {
      const turn = { aborted: false, start: () => void Promise.resolve(hold()).then(resolve).finally(next) };
      options.signal?.addEventListener("abort", () => {
        turn.aborted = true;
        reject(new Error("aborted"));
      });
      waiting.push(turn);
      if (!held) queueMicrotask(() => !held && next());
    });
  const open = (): TabPorts => {
    const own: NonNullable<TabPorts["channel"]> = {
      onmessage: null,
      postMessage(data) {
        for (const other of channels) if (other !== own) other.onmessage?.({ data } as MessageEvent);
      },
      close: () => channels.delete(own),
    };
    channels.add(own);
    return { locks: { request } as unknown as LockManager, channel: own };
  };
  return { open };
}

async function settled(): Promise<void> {
  for (let n = 0; n < 10; n += 1) await Promise.resolve();
}

describe("the tabs of one browser", () => {
  it("elect the first as leader, and the next when it goes", async () => {
    const browser = fakeBrowser();
    const leads: string[] = [];
    const tab = (name: string) =>
      joinTabs("chat", browser.open(), { lead: () => leads.push(name), hear: () => undefined });
    const first = tab("first");
    await settled();
    tab("second");
    await settled();
    expect(leads).toEqual(["first"]);
    first.leave();
    await settled();
    expect(leads).toEqual(["first", "second"]);
  });

  it("never make a leader of a tab that went while it waited", async () => {
    const browser = fakeBrowser();
    const leads: string[] = [];
    const tab = (name: string) =>
      joinTabs("chat", browser.open(), { lead: () => leads.push(name), hear: () => undefined });
    const first = tab("first");
    await settled();
    const second = tab("second");
    tab("third");
    await settled();
    second.leave();
    first.leave();
    await settled();
    expect(leads).toEqual(["first", "third"]);
  });

  it("greet when they come, so that the leader tells them where the conversation is", async () => {
    const browser = fakeBrowser();
    const heard: TabWord[] = [];
    joinTabs("chat", browser.open(), { lead: () => undefined, hear: (word) => heard.push(word) });
    await settled();
    joinTabs("chat", browser.open(), { lead: () => undefined, hear: () => undefined });
    expect(heard).toEqual([{ kind: "hello" }]);
  });

  it("lead themselves where the browser has no locks", async () => {
    const leads: string[] = [];
    const tab = (name: string) =>
      joinTabs(
        "chat",
        { locks: undefined, channel: undefined },
        { lead: () => leads.push(name), hear: () => undefined },
      );
    tab("first");
    tab("second").leave();
    await settled();
    expect(leads).toEqual(["first"]);
  });
});
