/**
 * Several windows of one browser may be seen at once, and what comes for their person is theirs once: the one with the
 * focus goes first. A lock that the browser gives back decides, as in connection/tabs.ts.
 */

/** So long the others leave it to the one that was first. */
const HOLD_MS = 1_000;
const LET_GO_FIRST_MS = 150;

const held = new Set<string>();

/** Where locks are missing each window is alone. */
export async function isTheOne(name: string): Promise<boolean> {
  // The person is where they look; a tab in the background has words of its own.
  if (document.visibilityState !== "visible") return false;
  if (!document.hasFocus()) await passed(LET_GO_FIRST_MS);
  return new Promise((settle) => {
    if (!navigator.locks) return settle(true);
    navigator.locks
      .request(name, { ifAvailable: true }, async (lock) => {
        if (lock) held.add(name);
        // Asked for twice at once, it is ours already.
        settle(held.has(name));
        if (!lock) return;
        await passed(HOLD_MS);
        held.delete(name);
      })
      .catch(() => settle(true));
  });
}

function passed(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}
