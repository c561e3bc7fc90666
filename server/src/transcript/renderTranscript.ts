/** PURE. One session's transcript as JSON, plain text or a page of its own. Called by http/transcriptRoutes.ts. */
import type { Message, Session } from "@baton/shared/visitor/shapes";
import { transcriptPage } from "./transcriptPage.ts";
import { bodyOf, speakerOf } from "./transcriptWords.ts";

export type Transcript = {
  readonly session: Session;
  /** Ascending by seq. */
  readonly messages: readonly Message[];
  readonly user: { readonly id: string; readonly externalId?: string; readonly name?: string };
};

export const TRANSCRIPT_FORMATS = ["json", "txt", "html"] as const;
export type TranscriptFormat = (typeof TRANSCRIPT_FORMATS)[number];

/** Everything some viewer takes for the end of a line. */
const LINE_BREAK = /\r\n|[\n\v\f\r\u0085\u2028\u2029]/;
/** Escape sequences would act on the terminal of whoever reads the file. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for.
const CONTROL = /[\u0000-\u0008\u000e-\u001f\u007f-\u009f]/g;

/** Continued lines are indented: no message can look like a line that somebody else said. */
function textLines(text: string): string {
  return text
    .split(LINE_BREAK)
    .map((line) => line.replace(CONTROL, "\ufffd"))
    .join("\n    ");
}

function asText(transcript: Transcript): string {
  const { session, messages } = transcript;
  const head = `Session ${session.id}, opened ${session.openedAt}${session.endedAt ? `, ended ${session.endedAt}` : ""}`;
  const lines = messages.map(
    (message) =>
      `[${message.createdAt}] ${textLines(speakerOf(message, transcript.user))}: ${textLines(bodyOf(message))}`,
  );
  return [head, "", ...lines, ""].join("\n");
}

function asJson({ session, messages, user }: Transcript): string {
  return JSON.stringify({ session, user, messages });
}

const RENDERERS: Record<TranscriptFormat, (transcript: Transcript) => string> = {
  json: asJson,
  txt: asText,
  html: transcriptPage,
};

export function renderTranscript(transcript: Transcript, format: TranscriptFormat): string {
  return RENDERERS[format](transcript);
}
