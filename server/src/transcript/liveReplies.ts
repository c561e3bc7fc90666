/**
 * What running turns of this node have written so far. It is fresher than the row's checkpoint, and only it tells a
 * device that comes in the middle exactly where the next delta begins.
 */
export type LiveReplies = {
  textOf(messageId: string): string | undefined;
  set(messageId: string, text: string): void;
  delete(messageId: string): void;
};

export function createLiveReplies(): LiveReplies {
  const texts = new Map<string, string>();
  return {
    textOf: (messageId) => texts.get(messageId),
    set: (messageId, text) => void texts.set(messageId, text),
    delete: (messageId) => void texts.delete(messageId),
  };
}
