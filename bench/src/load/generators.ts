/** The generators as the conductor sees them: one process or several, that share the people between them. */
import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import { ask } from "../questions.ts";
import { withManyFiles } from "../servers/openFiles.ts";
import type { Asked } from "./crowd.ts";
import type { Driven, Driving, Load } from "./drive.ts";
import type { Joining } from "./people.ts";
import type { Returned, Returning } from "./returns.ts";
import { share } from "./share.ts";
import type { Stormed, Storming } from "./storm.ts";
import type { Pressed, Pressing } from "./takeovers.ts";
import type { Telling } from "./tellers.ts";

/** What one session must hold. */
export type Ledger = { sessionId: string; clientIds: string[] }[];

export type GeneratorQuestions = {
  join: { told: Joining; answer: undefined };
  drive: { told: Driving; answer: Driven };
  joinMovers: { told: Joining; answer: undefined };
  press: { told: Pressing; answer: Pressed };
  joinTellers: { told: { joining: Joining; letters: number }; answer: undefined };
  tell: { told: Telling; answer: Driven };
  joinAndLeave: { told: { joining: Joining; messages: number }; answer: undefined };
  comeBack: { told: Returning; answer: Returned };
  gather: { told: { joining: Joining; messages: number }; answer: undefined };
  askCrowd: { told: { perSecond: number }; answer: Asked };
  storm: { told: Storming; answer: Stormed };
  ledger: { told: null; answer: Ledger };
  leave: { told: null; answer: undefined };
};

export type Generators = ReturnType<typeof startGenerators>;

/** All of them, each told its own part or the same as the others. */
type Crew = {
  size: number;
  /** Told once, by the first one. */
  onMoment(hear: (moment: Moment) => void): () => void;
  each<Name extends Question>(name: Name, told: Told<Name>): Promise<Answer<Name>[]>;
  share<Name extends Question>(
    name: Name,
    joining: Coming,
    toTold: (part: Joining) => Told<Name>,
  ): Promise<Answer<Name>[]>;
};

type Question = keyof GeneratorQuestions & string;
type Told<Name extends Question> = GeneratorQuestions[Name]["told"];
type Answer<Name extends Question> = GeneratorQuestions[Name]["answer"];
type Moment = "begin" | "end";

type Coming = Omit<Joining, "generator">;

const PROGRAM = fileURLToPath(new URL("./generator.js", import.meta.url));

export function startGenerators(count: number) {
  const { command, args } = withManyFiles(process.execPath, [PROGRAM]);
  // Structured clone, so that a hundred thousand times are handed over as they are.
  const children = Array.from({ length: count }, () =>
    spawn(command, args, {
      stdio: ["ignore", "inherit", "inherit", "ipc"],
      serialization: "advanced",
      detached: true,
    }),
  );
  const crew = crewOf(children);
  return {
    pids: children.flatMap(({ pid }) => pid ?? []),
    ...comings(crew),
    ...doings(crew),
    stop(): void {
      for (const child of children) child.kill("SIGKILL");
    },
  };
}

function crewOf(children: readonly ChildProcess[]): Crew {
  const size = children.length;
  return {
    size,
    onMoment(hear) {
      const listen = ({ moment }: { moment?: Moment }): void => {
        if (moment) hear(moment);
      };
      children[0]?.on("message", listen);
      return () => children[0]?.off("message", listen);
    },
    each: (name, told) => Promise.all(children.map((child) => ask<GeneratorQuestions, typeof name>(child, name, told))),
    share(name, joining, toTold) {
      const parts = share(joining.users, size).map((users, generator) => ({ ...joining, users, generator }));
      return Promise.all(
        children.map((child, i) => ask<GeneratorQuestions, typeof name>(child, name, toTold(parts[i] as Joining))),
      );
    },
  };
}

/** Who is there, and that they leave. */
function comings(crew: Crew) {
  return {
    async join(joining: Coming): Promise<void> {
      await crew.share("join", joining, (part) => part);
    },

    async joinMovers(joining: Coming): Promise<void> {
      await crew.share("joinMovers", joining, (part) => part);
    },

    /** @param letters of each message that they will write */
    async joinTellers(joining: Coming, letters: number): Promise<void> {
      await crew.share("joinTellers", joining, (part) => ({ joining: part, letters }));
    },

    /** @param messages that each session holds when its person leaves */
    async joinAndLeave(joining: Coming, messages: number): Promise<void> {
      await crew.share("joinAndLeave", joining, (part) => ({ joining: part, messages }));
    },

    /** @param messages that each session holds then; its people stay */
    async gather(joining: Coming, messages: number): Promise<void> {
      await crew.share("gather", joining, (part) => ({ joining: part, messages }));
    },

    async leave(): Promise<void> {
      await crew.each("leave", null);
    },
  };
}

/** What they do. */
function doings(crew: Crew) {
  return {
    /** Each generator spreads its own people's presses over the whole time. */
    press: (pressing: Pressing): Promise<Pressed[]> => crew.each("press", pressing),

    comeBack: ({ perSecond, ...rest }: Returning): Promise<Returned[]> =>
      crew.each("comeBack", { ...rest, perSecond: perSecond / crew.size }),

    askCrowd: (perSecond: number): Promise<Asked[]> => crew.each("askCrowd", { perSecond: perSecond / crew.size }),

    storm: (storming: Storming): Promise<Stormed[]> => crew.each("storm", storming),

    async drive({ load, ...times }: Driving, onMoment: (moment: Moment) => void): Promise<Driven[]> {
      const part = partOf(load, crew);
      const off = crew.onMoment(onMoment);
      try {
        return await crew.each("drive", { ...times, load: part });
      } finally {
        off();
      }
    },

    tell: ({ driving, stalled }: Telling): Promise<Driven[]> =>
      crew.each("tell", { driving: { ...driving, load: partOf(driving.load, crew) }, stalled }),

    ledger: async (): Promise<Ledger> => (await crew.each("ledger", null)).flat(),
  };
}

/** Each generator drives its own people. */
function partOf(load: Load, { size }: Crew): Load {
  return load.kind === "open" ? { ...load, perSecond: load.perSecond / size } : load;
}
