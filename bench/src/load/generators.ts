/** The generators as the conductor sees them: one process or several, that share the people between them. */
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { ask } from "../questions.ts";
import type { Driven, Driving } from "./drive.ts";
import type { Joining } from "./people.ts";
import { share } from "./share.ts";

/** What one session must hold. */
export type Ledger = { sessionId: string; clientIds: string[] }[];

export type GeneratorQuestions = {
  join: { told: Joining; answer: undefined };
  drive: { told: Driving; answer: Driven };
  ledger: { told: null; answer: Ledger };
  leave: { told: null; answer: undefined };
};

export type Generators = ReturnType<typeof startGenerators>;

const PROGRAM = fileURLToPath(new URL("./generator.js", import.meta.url));

export function startGenerators(count: number) {
  // Structured clone, so that a hundred thousand times are handed over as they are.
  const children = Array.from({ length: count }, () => fork(PROGRAM, { serialization: "advanced", detached: true }));
  const all = <Told, Answer>(told: readonly Told[], put: (child: ChildProcess, told: Told) => Promise<Answer>) =>
    Promise.all(children.map((child, i) => put(child, told[i] as Told)));
  const each = Array.from({ length: count }, () => null);

  return {
    pids: children.flatMap(({ pid }) => pid ?? []),

    async join(joining: Omit<Joining, "generator">): Promise<void> {
      const told = share(joining.users, count).map((users, generator) => ({ ...joining, users, generator }));
      await all(told, (child, part) => ask<GeneratorQuestions, "join">(child, "join", part));
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
