/**
 * The tabs of one browser elect a leader, which owns the socket; the others mirror it. A lock that the browser gives back
 * when its holder dies decides, so there is no heartbeat and no moment with two leaders.
 * Where locks or channels are missing each tab leads itself, and the server knows them as one device.
 */
import type { VisitorCommandName } from "@baton/shared/commands";
import type { Ack } from "@baton/shared/refusals";
import type { ChatInput, ChatState } from "../chat/chatState.ts";
import type { OutboxAction } from "./outbox.ts";

/** What tabs say to each other. */
export type TabWord =
  | { kind: "hello" }
  | { kind: "state"; state: ChatState }
  | { kind: "input"; input: ChatInput }
  | { kind: "ask"; id: string; event: VisitorCommandName; payload: unknown }
  | { kind: "answer"; id: string; ack: Ack<unknown> | null }
  | { kind: "outbox"; action: OutboxAction }
  | { kind: "token"; token: string }
  | { kind: "wake"; slept?: boolean }
  | { kind: "seen"; tab: string; visible: boolean }
  | { kind: "wipe"; out?: boolean };

export type TabPorts = {
  locks: Pick<LockManager, "request"> | undefined;
  channel: Pick<BroadcastChannel, "postMessage" | "onmessage" | "close"> | undefined;
};

/** What this browser has of it; a page without an origin of its own throws at either. */
export function browserTabs(name: string): TabPorts {
  try {
    return { locks: navigator.locks, channel: new BroadcastChannel(name) };
  } catch {
    return { locks: undefined, channel: undefined };
  }
}

export type Tabs = { say: (word: TabWord) => void; leave: () => void };

export function joinTabs(name: string, ports: TabPorts, on: { lead: () => void; hear: (word: TabWord) => void }): Tabs {
  const { locks, channel } = ports;
  let release: () => void = () => undefined;
  let left = false;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  if (channel) channel.onmessage = ({ data }) => on.hear(data as TabWord);
  if (locks && channel) {
    const waiting = new AbortController();
    locks
      .request(name, { signal: waiting.signal }, () => {
        if (left) return undefined;
        on.lead();
        return held;
      })
      .catch(() => undefined);
    channel.postMessage({ kind: "hello" } satisfies TabWord);
    return { say: (word) => !left && channel.postMessage(word), leave: () => leave(() => waiting.abort()) };
  }
  queueMicrotask(() => !left && on.lead());
  return { say: (word) => channel && !left && channel.postMessage(word), leave: () => leave(() => undefined) };

  function leave(abort: () => void): void {
    left = true;
    abort();
    release();
    channel?.close();
  }
}
