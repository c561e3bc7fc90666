// A program for the tests: holds the data folder named on its command line until SIGTERM, and says what happens to it.
import { startEmbeddedPostgres } from "./embedded.ts";

const say = (line: string) => void process.stdout.write(`${line}\n`);
const ending = new AbortController();
process.once("SIGTERM", () => ending.abort());

const log = {
  info() {},
  error: (fields: object) => say(`error ${JSON.stringify(fields)}`),
  warn: (_: object, text: string) => say(text.includes("waiting") ? "waiting" : `warned ${text}`),
};
const [, , dataDir = ""] = process.argv;

try {
  const server = await startEmbeddedPostgres({ dataDir, log, signal: ending.signal, onLost: () => say("lost") });
  say(`ready ${server.pid()}`);
  const stillHere = setInterval(() => {}, 60_000);
  if (!ending.signal.aborted) await new Promise((resolve) => ending.signal.addEventListener("abort", resolve));
  clearInterval(stillHere);
  await server.stop();
} catch (failure) {
  if (!ending.signal.aborted) throw failure;
}
