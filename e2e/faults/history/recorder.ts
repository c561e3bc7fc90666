/**
 * Records a history, to be judged when all is over.
 *
 *     const recorder = createRecorder({ file: "history.jsonl" });      // without a file: in memory only
 *     const person = new WatchedClient(client, { user: "p1", device, connection: "p1-3", node: "a" }, recorder.record);
 *     await person.open();                                             // watchClient.ts: writes down all that is said, heard
 *     await person.send({ clientId, text });
 *     recorder.record({ kind: "fault", name: "SIGKILL", node: "a", phase: "begin" });
 *     …
 *     const findings = checkHistory(recorder.history(), await readFinalDatabase(sql));
 *     expect(describeFindings(findings)).toBe("");
 *     await recorder.close();
 *
 * Several processes write a file each; `readHistories` puts them in one order, by the machine's monotonic clock.
 *
 * What the checker needs of the harness, to be of use:
 * - every emit of message:send, edit and delete is an `invoke` with a `call` of its own, and ends as `ok`, `refused` or
 *   `info`. An ack that never came is `info`, never nothing: to the checker a call without an end is a word still in the outbox.
 * - a word sent again keeps its clientId and its text. A person that gives up a word says `returned`.
 * - `connection` is one socket, never used twice; a page that reconnects is another connection, which says in `snapshot.asked`
 *   what it held.
 * - each fault says `begin` and `heal`. The last check (I11) wants everything healed, everybody who has not `quit` connected,
 *   and the history to go on until they are at rest.
 * - a fault that doubles, delays or reorders what goes over a client's own wire is one too: between its begin and its heal a
 *   message may be told twice.
 * - what is known of the site makes the judge stricter: `policy` for readFinalDatabase, `lateMs` of deadlines, and the limits of
 *   check/limits.ts (`isOutboxInOrder` for people who always send again in order, `isWireInOrder` for a single node).
 * - the final database is read after that, with the people still connected: connections that are open at the end must be
 *   at the head.
 */
import { createWriteStream, readFileSync } from "node:fs";
import { finished } from "node:stream/promises";
import { type History, HistoryEvent, type Told } from "./events.ts";

export type Recorder = {
  record(event: Told): void;
  /** All that was recorded here, in order. Empty when only a file was asked for. */
  history(): History;
  /** Resolves when everything is in the file. */
  close(): Promise<void>;
};

export type RecorderOptions = {
  /** Appended to. */
  readonly file?: string;
  /** Whether it is kept in memory too; without a file it always is. */
  readonly keep?: boolean;
};

export function createRecorder({ file, keep = true }: RecorderOptions = {}): Recorder {
  const kept: HistoryEvent[] = [];
  const isKept = keep || file === undefined;
  const stream = file === undefined ? undefined : createWriteStream(file, { flags: "a" });
  // A disk that is full must not bring down the run that fills it: close() tells.
  stream?.on("error", () => {});
  return {
    record(event) {
      const line = { ...event, t: event.t ?? monotonicMs() } as HistoryEvent;
      if (isKept) kept.push(line);
      stream?.write(`${JSON.stringify(line)}\n`);
    },
    history: () => kept,
    async close() {
      if (!stream) return;
      stream.end();
      await finished(stream);
    },
  };
}

/** The same clock for all processes of a machine; no setting of the time moves it. */
export function monotonicMs(): number {
  return Number(process.hrtime.bigint() / 1_000n) / 1_000;
}

/** @throws for anything but whole lines of a history; the last line may be cut, as a killed recorder leaves it */
export function readHistory(file: string): History {
  const lines = readFileSync(file, "utf8").split("\n");
  // After the last newline comes what was cut, or nothing.
  lines.pop();
  return lines.map((line, i) => parseLine(line, `${file}:${i + 1}`));
}

function parseLine(line: string, place: string): HistoryEvent {
  try {
    return HistoryEvent.parse(JSON.parse(line));
  } catch (cause) {
    throw new Error(`${place} is not a line of a history: ${line.slice(0, 200)}`, { cause });
  }
}

/** Of several recorders, in one order. */
export function readHistories(files: readonly string[]): History {
  return files.flatMap((file) => [...readHistory(file)]).sort((a, b) => a.t - b.t);
}
