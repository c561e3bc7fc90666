/** Holds the one ChatState as a signal; components read it, inputs change it. */
import { type ReadonlySignal, signal } from "@preact/signals";
import { type ChatInput, type ChatState, EMPTY_CHAT, reduce } from "./chatState.ts";

export type Store = {
  state: ReadonlySignal<ChatState>;
  dispatch: (input: ChatInput) => void;
  /** Another tab's state takes this one's place. */
  replace: (state: ChatState) => void;
  /** Called after each change, with what was before. Returns its own removal. */
  watch: (watcher: (before: ChatState, after: ChatState, input: ChatInput | null) => void) => () => void;
};

export function createStore(): Store {
  const state = signal<ChatState>(EMPTY_CHAT);
  const watchers = new Set<(before: ChatState, after: ChatState, input: ChatInput | null) => void>();
  const set = (after: ChatState, input: ChatInput | null) => {
    const before = state.peek();
    state.value = after;
    for (const watcher of watchers) watcher(before, after, input);
  };
  return {
    state,
    dispatch: (input) => set(reduce(state.peek(), input), input),
    replace: (next) => set(next, null),
    watch(watcher) {
      watchers.add(watcher);
      return () => watchers.delete(watcher);
    },
  };
}
