/** What is drilled: where it is, who may be invented there, and what can be done to it. Made by ownInstallation.ts and runningInstallation.ts. */
import type { Target } from "../visitor/line.ts";
import type { Person } from "../visitor/person.ts";
import type { RedisValues } from "./redisValues.ts";

export type TestClock = {
  /** Resolves when everything that became due has taken effect. Answers the gateway's new now, ms of the epoch. */
  advance(ms: number): Promise<number>;
};

/** Redis goes away, and comes back. */
export type Outage = {
  readonly how: "killed" | "paused";
  begin(): Promise<void>;
  isOn(): boolean;
  /** Resolves once Redis answers again. */
  end(): Promise<void>;
};

export type Installation = {
  /** Each connection goes to the next one: nodes of one installation, of which nobody may notice that they are several. */
  readonly targets: readonly [Target, ...Target[]];
  /** One line: what is drilled. */
  readonly about: string;
  /** Started by the drill: everything in it may be broken. */
  readonly isOwn: boolean;
  /** Tokens come from a command, whose clock cannot be moved. */
  readonly hasTokensOfCommand: boolean;
  readonly clock?: TestClock;
  readonly redis?: RedisValues;
  readonly outage?: Outage;
  newPerson(): Person;
  close(): Promise<void>;
};
