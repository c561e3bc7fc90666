/** Holds the one ChatState; inputs change it, watchers hear of each change at once and in order. */
import { type ChatInput, type ChatState, EMPTY_CHAT } from "./chatState.ts";
import { reduce } from "./reduce.ts";

/** `input` is null where another tab's state took this one's place. */
export type StoreWatcher = (before: ChatState, after: ChatState, input: ChatInput | null) => void;

export class Store {
  #state: ChatState = EMPTY_CHAT;
  readonly #watchers = new Set<StoreWatcher>();

  get state(): ChatState {
    return this.#state;
  }

  dispatch(input: ChatInput): void {
    this.#set(reduce(this.#state, input), input);
  }

  replace(state: ChatState): void {
    this.#set(state, null);
  }

  watch(watcher: StoreWatcher): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  #set(after: ChatState, input: ChatInput | null): void {
    const before = this.#state;
    this.#state = after;
    for (const watcher of this.#watchers) watcher(before, after, input);
  }
}
