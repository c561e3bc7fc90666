/**
 * At most one «typing» of an author every 2 s, and the last state is always told: what came too soon is said when the
 * time is up, if it still differs from what was said. Rule: protocol.md, «Events to a visitor».
 */
const EVERY_MS = 2_000;

type State = { said: boolean; wanted: boolean; timer: NodeJS.Timeout };

export type TypingThrottle = {
  /** @param say performs the announcement; may be called later */
  hear(author: string, typing: boolean, say: (typing: boolean) => void): void;
  close(): void;
};

export function createTypingThrottle(everyMs: number = EVERY_MS): TypingThrottle {
  const states = new Map<string, State>();

  function told(author: string, typing: boolean, say: (typing: boolean) => void): State {
    say(typing);
    return { said: typing, wanted: typing, timer: setTimeout(() => timeIsUp(author, say), everyMs).unref() };
  }

  function timeIsUp(author: string, say: (typing: boolean) => void): void {
    const state = states.get(author);
    if (!state || state.wanted === state.said) states.delete(author);
    else states.set(author, told(author, state.wanted, say));
  }

  return {
    hear(author, typing, say) {
      const state = states.get(author);
      if (state) state.wanted = typing;
      else states.set(author, told(author, typing, say));
    },
    close() {
      for (const { timer } of states.values()) clearTimeout(timer);
      states.clear();
    },
  };
}
