/**
 * What running turns of this node have written so far. It is fresher than the row's checkpoint, and only it tells a
 * device that comes in the middle exactly where the next delta begins.
 */
export type LiveReplies = {
  textOf(messageId: string): string | undefined;
  /** @param by a run: where another took the turn up here, whoever wrote last is right */
  set(messageId: string, text: string, by: object): void;
  /** Leaves what another run has written since. */
  delete(messageId: string, by: object): void;
};

export function createLiveReplies(): LiveReplies {
  const texts = new Map<string, { text: string; by: object }>();
  return {
    textOf: (messageId) => texts.get(messageId)?.text,
    set: (messageId, text, by) => void texts.set(messageId, { text, by }),
    delete(messageId, by) {
      if (texts.get(messageId)?.by === by) texts.delete(messageId);
    },
  };
}
