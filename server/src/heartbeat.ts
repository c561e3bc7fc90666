/** Something done again and again, so long after the last one ended: never two at once. */
export type Heartbeat = {
  /** No further beat; settles when the one under way is over. */
  stop(): Promise<void>;
};

/** @param beat must not reject */
export function startHeartbeat(everyMs: number, beat: () => Promise<void>): Heartbeat {
  let beating = Promise.resolve();
  let stopped = false;
  let timer = setTimeout(fire, everyMs);

  function fire(): void {
    beating = beat().then(() => {
      if (!stopped) timer = setTimeout(fire, everyMs);
    });
  }

  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await beating;
    },
  };
}
