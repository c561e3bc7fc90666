/** A mistake of whoever typed the command: its message is cause and mend, without a stack. */
export class CliError extends Error {
  override readonly name = "CliError";
}
