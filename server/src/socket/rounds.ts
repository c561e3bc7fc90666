/** What is looked at again and again over all connections: tokens and readers, holders that vanished, leases. */
import type { Baton } from "../device-lock/baton.ts";
import { RENEW_EVERY_MS } from "../device-lock/deviceLock.ts";
import type { LockKeeper } from "../device-lock/lockKeeper.ts";
import { type Log, loggedError } from "../log.ts";

export type RoundParts = {
  /** Tokens and readers: sweep.ts. */
  judgeAll(): void;
  baton: Pick<Baton, "sweep">;
  keeper: Pick<LockKeeper, "renewAll">;
  log: Log;
};

export type Rounds = { look(): Promise<void>; stop(): void };

const LOOK_EVERY_MS = 1_000;

export function startRounds({ judgeAll, baton, keeper, log }: RoundParts): Rounds {
  const logged = (error: unknown) => log.warn({ error: loggedError(error) }, "a look over all connections failed");

  async function look(): Promise<void> {
    judgeAll();
    await baton.sweep();
  }

  const timers = [
    setInterval(() => void look().catch(logged), LOOK_EVERY_MS),
    setInterval(() => void keeper.renewAll().catch(logged), RENEW_EVERY_MS),
  ];
  return {
    look,
    stop: () => {
      for (const timer of timers) clearInterval(timer);
    },
  };
}
