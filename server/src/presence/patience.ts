/** How long somebody at the door is kept waiting by what may be left out. Called by redisPresence.ts. */
export const PATIENCE_MS = 250;

/** Whoever is asked looks at it before it does what nobody waits for any more. */
export type Patience = { isOver: boolean };

/** @throws when it takes longer */
export async function withinPatience<T>(ms: number, ask: (patience: Patience) => Promise<T>): Promise<T> {
  const patience: Patience = { isOver: false };
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      patience.isOver = true;
      reject(new Error("the presence did not answer in time"));
    }, ms);
  });
  const answer = ask(patience);
  answer.catch(() => {});
  return Promise.race([answer, late]).finally(() => clearTimeout(timer));
}
