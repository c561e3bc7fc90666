/** The generators as the conductor sees them: one process or several, that share the people between them. */
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { ask } from "../questions.ts";
import type { Driven, Driving } from "./drive.ts";
import type { Joining } from "./people.ts";
import type { Returned, Returning } from "./returns.ts";
import { share } from "./share.ts";
import type { Pressed, Pressing } from "./takeovers.ts";

/** What one session must hold. */
export type Ledger = { sessionId: string; clientIds: string[] }[];

export type GeneratorQuestions = {
  join: { told: Joining; answer: undefined };
  drive: { told: Driving; answer: Driven };
  joinMovers: { told: Joining; answer: undefined };
  press: { told: Pressing; answer: Pressed };
  joinAndLeave: { told: { joining: Joining; messages: number }; answer: undefined };
  comeBack: { told: Returning; answer: Returned };
  ledger: { told: null; answer: Ledger };
  leave: { told: null; answer: undefined };
};

export type Generators = ReturnType<typeof startGenerators>;

type Coming = Omit<Joining, "generator">;

const PROGRAM = fileURLToPath(new URL("./generator.js", import.meta.url));

export function startGenerators(count: number) {
  // Structured clone, so that a hundred thousand times are handed over as they are.
  const children = Array.from({ length: count }, () => fork(PROGRAM, { serialization: "advanced", detached: true }));
  const all = <Told, Answer>(told: readonly Told[], put: (child: ChildProcess, told: Told) => Promise<Answer>) =>
    Promise.all(children.map((child, i) => put(child, told[i] as Told)));
  const each = Array.from({ length: count }, () => null);
  const shared = (joining: Coming): Joining[] =>
    share(joining.users, count).map((users, generator) => ({ ...joining, users, generator }));

  return {
    pids: children.flatMap(({ pid }) => pid ?? []),

    async join(joining: Coming): Promise<void> {
      await all(shared(joining), (child, part) => ask<GeneratorQuestions, "join">(child, "join", part));
    },

    async joinMovers(joining: Coming): Promise<void> {
      await all(shared(joining), (child, part) => ask<GeneratorQuestions, "joinMovers">(child, "joinMovers", part));
    },

    /** Each generator spreads its own people's presses over the whole time. */
    press(pressing: Pressing): Promise<Pressed[]> {
      return all(each, (child) => ask<GeneratorQuestions, "press">(child, "press", pressing));
    },

    /** @param messages that each session holds when its person leaves */
    async joinAndLeave(joining: Coming, messages: number): Promise<void> {
      await all(shared(joining), (child, part) =>
        ask<GeneratorQuestions, "joinAndLeave">(child, "joinAndLeave", { joining: part, messages }),
      );
    },

    comeBack({ perSecond, ...rest }: Returning): Promise<Returned[]> {
      const part = { ...rest, perSecond: perSecond / count };
      return all(each, (child) => ask<GeneratorQuestions, "comeBack">(child, "comeBack", part));
    },

    /** @param onMoment told once, by the first generator */
    async drive({ load, ...times }: Driving, onMoment: (moment: "begin" | "end") => void): Promise<Driven[]> {
      const hear = (said: { moment?: "begin" | "end" }): void => {
        if (said.moment) onMoment(said.moment);
      };
      const part = load.kind === "open" ? { ...load, perSecond: load.perSecond / count } : load;
      children[0]?.on("message", hear);
      try {
        return await all(each, (child) => ask<GeneratorQuestions, "drive">(child, "drive", { ...times, load: part }));
      } finally {
        children[0]?.off("message", hear);
      }
    },

    async ledger(): Promise<Ledger> {
      return (await all(each, (child) => ask<GeneratorQuestions, "ledger">(child, "ledger", null))).flat();
    },

    async leave(): Promise<void> {
      await all(each, (child) => ask<GeneratorQuestions, "leave">(child, "leave", null));
    },

    stop(): void {
      for (const child of children) child.kill("SIGKILL");
    },
  };
}
