/** Questions and answers between the conductor and the processes it started, over Node's IPC. Both ends are here. */
import type { ChildProcess } from "node:child_process";

/** What a process can be asked: by name, what is told and what is answered. */
export type Questions = Record<string, { told: unknown; answer: unknown }>;

type Question = { question: string; id: number; told: unknown };
type Answer = { id: number; answer?: unknown; error?: string };

/** Twenty thousand people come in one question, and somebody else may be using the machine. */
const WITHIN_MS = 600_000;
let asked = 0;

/** Rejects when the process ends, fails at it, or takes too long. */
export function ask<Q extends Questions, Name extends keyof Q & string>(
  child: ChildProcess,
  question: Name,
  told: Q[Name]["told"],
): Promise<Q[Name]["answer"]> {
  const id = ++asked;
  return new Promise((resolve, reject) => {
    const settle = (act: () => void): void => {
      clearTimeout(giveUp);
      child.off("message", hear);
      child.off("exit", ended);
      act();
    };
    const giveUp = setTimeout(() => settle(() => reject(new Error(`${question} took too long`))), WITHIN_MS);
    const ended = (): void => settle(() => reject(new Error(`the process that was asked for ${question} has ended`)));
    const hear = (said: Answer): void => {
      if (said.id !== id) return;
      settle(() => (said.error === undefined ? resolve(said.answer) : reject(new Error(`${question}: ${said.error}`))));
    };
    child.on("message", hear);
    child.on("exit", ended);
    child.send({ question, id, told } satisfies Question);
  });
}

export type Answers<Q extends Questions> = {
  [Name in keyof Q]: (told: Q[Name]["told"]) => Q[Name]["answer"] | Promise<Q[Name]["answer"]>;
};

/** In the process that is asked. It ends with whoever asks: nothing is left behind when the conductor is killed. */
export function answerQuestions<Q extends Questions>(answers: Answers<Q>): void {
  process.on("message", ({ question, id, told }: Question) => {
    Promise.resolve()
      .then(() => answers[question]?.(told))
      .then(
        (answer) => process.send?.({ id, answer } satisfies Answer),
        (error: unknown) =>
          process.send?.({ id, error: error instanceof Error ? error.message : String(error) } satisfies Answer),
      );
  });
  process.on("disconnect", () => process.kill(process.pid, "SIGTERM"));
}
