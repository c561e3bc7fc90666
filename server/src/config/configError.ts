/** A configuration that must not be served. Thrown by readConfig, printed by main.ts and by `baton check`. */
export class ConfigError extends Error {
  /** One sentence or two each: where, what is wrong, what to write instead. */
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
    super(`The configuration has ${count}:\n${problems.map((problem) => `  - ${problem}`).join("\n")}`);
    this.name = "ConfigError";
    this.problems = problems;
  }
}
