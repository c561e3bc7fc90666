/** Whether the database holds what was acknowledged: read back over HTTP, as a site's own server would. */
import type { Ledger } from "../load/generators.ts";
import { API_KEY } from "./batonConfiguration.ts";
import { compareSession, type Difference } from "./compareSession.ts";

type Transcript = { messages: { seq: number; clientId?: string }[] };

const READING_AT_ONCE = 4;

/** @returns how many messages were compared @throws when a session differs from its ledger */
export async function checkTranscripts(port: number, ledger: Ledger): Promise<number> {
  const differences: Difference[] = [];
  const sessions = ledger.values();
  let count = 0;
  const work = async (): Promise<void> => {
    for (const { sessionId, clientIds } of sessions) {
      const { messages } = await readTranscript(port, sessionId);
      count += messages.length;
      differences.push(...compareSession(clientIds, messages));
    }
  };
  await Promise.all(Array.from({ length: READING_AT_ONCE }, work));
  if (differences.length === 0) return count;
  const first = differences.slice(0, 5).map(({ what, clientId }) => `${what} ${clientId}`);
  throw new Error(`the database differs from what was acknowledged, ${differences.length} times: ${first.join(", ")}`);
}

async function readTranscript(port: number, sessionId: string): Promise<Transcript> {
  const url = `http://127.0.0.1:${port}/v1/sessions/${encodeURIComponent(sessionId)}/transcript.json`;
  const answer = await fetch(url, { headers: { authorization: `Bearer ${API_KEY}` } });
  if (!answer.ok) throw new Error(`a transcript could not be read: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as Transcript;
}
