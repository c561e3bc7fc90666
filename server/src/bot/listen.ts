/** Hears what a bot says, and stops when the signal aborts, also where the bot ignores that signal: nobody waits for it. */

/** The bot's own fault, not that of whoever listens. Its cause is what the bot threw. */
export class BotFailed extends Error {
  override readonly name = "BotFailed";
}

/**
 * What a bot says, up to its end or to the moment `signal` aborts, whatever the bot is doing then.
 * @throws BotFailed for what the bot throws before that
 */
export async function* listen<T>(answer: () => AsyncIterable<T>, signal: AbortSignal): AsyncGenerator<T, void> {
  const iterator = ofBot(() => answer()[Symbol.asyncIterator]());
  try {
    for (;;) {
      const next = await nextUnless(iterator, signal);
      if (!next || next.done) return;
      yield next.value;
    }
  } finally {
    // Told, not waited for: a bot that hangs would never answer, and what it says now nobody hears.
    void (async () => iterator.return?.())().catch(() => {});
  }
}

function ofBot<T>(ask: () => T): T {
  try {
    return ask();
  } catch (cause) {
    throw new BotFailed("a bot failed", { cause });
  }
}

/** A listener of its own for each piece: a shared promise would keep every piece until the end. */
function nextUnless<T>(iterator: AsyncIterator<T>, signal: AbortSignal): Promise<IteratorResult<T> | undefined> {
  if (signal.aborted) return Promise.resolve(undefined);
  return new Promise((resolve, reject) => {
    const giveUp = (): void => resolve(undefined);
    signal.addEventListener("abort", giveUp, { once: true });
    (async () => iterator.next())()
      .then(resolve, (cause: unknown) => reject(new BotFailed("a bot failed", { cause })))
      .finally(() => signal.removeEventListener("abort", giveUp));
  });
}
