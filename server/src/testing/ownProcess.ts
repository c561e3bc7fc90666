/** A process that a test starts, freezes, kills and starts again. Its last words are kept. What redisServer.ts and a node are. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";

const READY_WITHIN_MS = 60_000;
const LOOK_EVERY_MS = 20;
const KEPT_CHARACTERS = 20_000;

export type Command = {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Each line that it says. */
  readonly onLine?: (line: string) => void;
  /** It had been ready, and ended although nobody told it to. */
  readonly onCrash?: (how: string) => void;
};

export class OwnProcess {
  readonly name: string;
  #child: ChildProcess | undefined;
  #output = "";
  #spawnFailure: Error | undefined;
  #told: ChildProcess | undefined;

  constructor(name: string) {
    this.name = name;
  }

  /** `undefined` while it does not run. */
  get pid(): number | undefined {
    return this.isRunning ? this.#child?.pid : undefined;
  }

  /** A frozen process runs too. */
  get isRunning(): boolean {
    const child = this.#child;
    return child?.pid !== undefined && child.exitCode === null && child.signalCode === null;
  }

  /** The last of what it said, over all its lives. */
  get output(): string {
    return this.#output;
  }

  /** Resolves when `isReady` says so. @throws with its last words when it ends before, or takes too long */
  protected async launch(command: Command, isReady: () => Promise<boolean>): Promise<void> {
    if (this.isRunning) throw new Error(`${this.name} runs already`);
    const { program, args, env, onLine = () => {}, onCrash = () => {} } = command;
    const child = spawn(program, args, { env, stdio: ["ignore", "pipe", "pipe"] });
    this.#child = child;
    this.#spawnFailure = undefined;
    child.once("error", (error) => {
      this.#spawnFailure = error;
    });
    for (const input of [child.stdout, child.stderr]) {
      createInterface({ input }).on("line", (line) => {
        this.#remember(line);
        onLine(line);
      });
    }
    await this.#until(isReady, child);
    child.once("exit", (code, signal) => {
      if (this.#told !== child) onCrash(signal ?? `code ${code}`);
    });
  }

  async #until(isReady: () => Promise<boolean>, child: ChildProcess): Promise<void> {
    const until = Date.now() + READY_WITHIN_MS;
    while (Date.now() < until) {
      if (this.#spawnFailure) throw this.#spawnFailure;
      if (child.exitCode !== null || child.signalCode !== null) throw new Error(`${this.name} ended:\n${this.#output}`);
      if (await isReady()) return;
      await sleep(LOOK_EVERY_MS);
    }
    throw new Error(`${this.name} was not ready in time:\n${this.#output}`);
  }

  /** SIGKILL: nothing is finished, nothing is said. */
  async kill(): Promise<void> {
    await this.#end("SIGKILL");
  }

  /** SIGTERM: it ends as it was taught to. A frozen one is thawed for it. */
  async stop(): Promise<void> {
    this.thaw();
    await this.#end("SIGTERM");
  }

  /** SIGSTOP. Resolves when it stands still; its sockets stay open, and nobody is told. */
  async freeze(): Promise<void> {
    const child = this.#child;
    if (!this.isRunning || child?.pid === undefined) throw new Error(`${this.name} does not run`);
    child.kill("SIGSTOP");
    while (this.isRunning && !standsStill(child.pid)) await sleep(1);
  }

  /** SIGCONT. */
  thaw(): void {
    if (this.isRunning) this.#child?.kill("SIGCONT");
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (!this.isRunning || !child) return;
    const gone = once(child, "exit");
    this.#told = child;
    child.kill(signal);
    await gone;
  }

  #remember(line: string): void {
    this.#output = `${this.#output}${line}\n`.slice(-KEPT_CHARACTERS);
  }
}

/** The signal is taken when the process next runs: /proc tells when it has been. */
function standsStill(pid: number): boolean {
  if (process.platform !== "linux") return true;
  return readFileSync(`/proc/${pid}/stat`, "utf8").includes(") T ");
}
