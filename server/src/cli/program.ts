/** The `baton` command. Called by bin/baton.mjs and main.ts with the process's own parts, by tests with others. */
import { readFileSync } from "node:fs";
import { Command, CommanderError, Option } from "commander";
import { readConfig } from "../config/config.ts";
import { ConfigError } from "../config/configError.ts";
import { Environment } from "../config/environment.ts";
import { PRESETS } from "../config/policy.ts";
import { type DrillOptions, runDrill } from "../drill/runDrill.ts";
import { CliError } from "./cliError.ts";
import { describeConfig } from "./describeConfig.ts";
import { issueToken, type TokenOptions } from "./issueToken.ts";
import { type ResumeOptions, tryResuming } from "./tryResuming.ts";

export type CliParts = {
  env: Record<string, string | undefined>;
  out(text: string): void;
  err(text: string): void;
  /** Runs the gateway until it is stopped. */
  start(): Promise<unknown>;
};

function environmentHelp(): string {
  const lines = Object.entries(Environment.shape).map(
    ([name, field]) => `  ${name.padEnd(18)}${field.description ?? ""}`,
  );
  return `\nEnvironment:\n${lines.join("\n")}\n\nEverything about them: docs/operations.md`;
}

function addStart(program: Command, { start }: CliParts): void {
  program
    .command("start")
    .description("Run the gateway until it gets SIGINT or SIGTERM.")
    .addHelpText("after", environmentHelp())
    .action(async () => {
      await start();
    });
}

function addToken(program: Command, { env, out }: CliParts): void {
  program
    .command("token")
    .description("Print a user token, signed as the site's own back end would: HS256 by its first secret.")
    .requiredOption("--site <id>", "the site's id")
    .requiredOption("--user <sub>", "who the user is at the site")
    .option("--name <name>", "what the user is called")
    .option("--ttl <duration>", "how long it is good: 45s, 30m, 1h, 7d", "1h")
    .addHelpText("after", "\nExample:\n  baton token --site demo --user ada --name Ada --ttl 1h")
    .action(async (options: TokenOptions) => out(await issueToken(options, env)));
}

function addCheck(program: Command, { env, out }: CliParts): void {
  program
    .command("check")
    .description("Say what a configuration means, or every problem it has.")
    .argument("[file]", "the configuration file; left out: the one BATON_CONFIG names")
    .action((file: string | undefined) =>
      out(describeConfig(readConfig(file === undefined ? env : { ...env, BATON_CONFIG: file }))),
    );
}

function addResume(program: Command, { env, out }: CliParts): void {
  const presets = Object.keys(PRESETS);
  program
    .command("resume")
    .description(
      "Say what somebody who comes back would find, and why. Nothing is looked up: it is all as you say here.",
    )
    .requiredOption("--away <duration>", "since they last did something: 45s, 90m, 3h, 14d")
    .option("--identified", "the site's token says who they are; left out: an anonymous visitor")
    .option("--name <name>", "what an identified user is called")
    .option("--no-memory", "memory is switched off")
    .option("--open-question [words]", "a question that was left open")
    .option("--topic <words>", "what it was about")
    .option("--confidence <0..1>", "how sure that is: a topic is named above 0.7 only")
    .option("--sensitive", "the topic is of a sensitive kind")
    .option("--agent [id]", "a person owns the case, unresolved")
    .option("--flow <name>", "a guided flow is half filled")
    .option("--pending <name>", "a side effect was pending")
    .addOption(new Option("--state <state>", "not what the time away makes of it").choices(["open", "idle", "ended"]))
    .option("--said <words>", "`continue` or `new`: what they pressed; else the words of their first message")
    .addOption(new Option("--preset <preset>", "the policy; left out: support").choices(presets).conflicts("site"))
    .option("--site <id>", "the policy and the words of this site")
    .option("--config <file>", "the configuration file; left out: the one BATON_CONFIG names")
    .addHelpText("after", "\nExample:\n  baton resume --away 90m --open-question --identified")
    .action(async (options: ResumeOptions) => out(await tryResuming(options, env)));
}

function addDrill(program: Command, { env, out }: CliParts): void {
  program
    .command("drill")
    .description(
      "Try what everybody fears: a cut line, refreshes, two devices, 60 days away, a corrupt cache, Redis gone. Without options: in an installation of its own, which is gone afterwards.",
    )
    .option("--url <url>", "a gateway that runs: only new visitors are made there, nobody else is touched")
    .option("--site <id>", "the site they visit; left out: demo")
    .option("--origin <origin>", "the page they come from, one of the site's origins; left out: the URL's own")
    .option("--secret <secret>", "a secret of the site: the visitors are signed in, as users who are invented")
    .addOption(
      new Option("--token-command <command>", "prints a token of the site for the user in BATON_USER").conflicts(
        "secret",
      ),
    )
    .option("--redis <url>", "the gateway's Redis, to damage what it holds of the drill's own visitors")
    .option("--disturb", "takes that Redis away from everybody for 5 s (CLIENT PAUSE)")
    .addHelpText(
      "after",
      "\nExample:\n  baton drill --url https://chat.example.com --site shop --origin https://shop.example.com\n\nHow to read it: docs/drill.md",
    )
    .action(async (options: DrillOptions) => runDrill(options, { env, out }));
}

function newProgram(parts: CliParts): Command {
  const program = new Command("baton")
    .description(
      "Baton: a self-hosted chat session gateway. One conversation across refreshes, tabs, days and devices.",
    )
    .version(version(), "-v, --version", "say which Baton this is")
    .exitOverride()
    .configureOutput({ writeOut: (text) => parts.out(text.trimEnd()), writeErr: (text) => parts.err(text.trimEnd()) });
  // Commander's own subcommands copy these settings only when they are set before.
  addStart(program, parts);
  addToken(program, parts);
  addCheck(program, parts);
  addResume(program, parts);
  addDrill(program, parts);
  sayWhatThereIs(program);
  return program;
}

/** After a word that is not understood: what would be. */
function sayWhatThereIs(program: Command): void {
  const names = program.commands.map((command) => command.name());
  program.showHelpAfterError(`There is: baton ${names.join(" | ")}. baton --help says what each is for.`);
  for (const command of program.commands) {
    const flags = [...command.options.map(({ flags: written }) => written), "-h, --help"].join(" | ");
    command.showHelpAfterError(`There is: baton ${command.name()} ${flags}`);
  }
}

/** Of the package, from the sources and from what is built of them alike. */
function version(): string {
  const read: unknown = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8"));
  return typeof read === "object" && read !== null && "version" in read ? String(read.version) : "unknown";
}

/** Cause and mend for what the person can change; the whole error for what is our fault. */
function explain(error: unknown): string {
  if (error instanceof CliError || error instanceof ConfigError) return error.message;
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error
    ? `${error.message}\nCause: ${error.cause.message}`
    : (error.stack ?? error.message);
}

const NOT_UNDERSTOOD = 2;
const NO_SUCH_WORD = ["commander.unknownCommand", "commander.unknownOption", "commander.excessArguments"];

/** @returns the exit code: 0; 2 for a command or a flag that there is not; else 1. With the reason on `err`. */
export async function runCli(args: readonly string[], parts: CliParts): Promise<number> {
  try {
    await newProgram(parts).parseAsync([...args], { from: "user" });
    return 0;
  } catch (error) {
    // Commander has said what there is to say.
    if (error instanceof CommanderError) return NO_SUCH_WORD.includes(error.code) ? NOT_UNDERSTOOD : error.exitCode;
    parts.err(explain(error));
    return 1;
  }
}
