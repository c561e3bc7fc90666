/** PURE. A transcript as a page without any script, safe to open from a disk. */
import { createHash } from "node:crypto";
import type { Message } from "@baton/shared/visitor/shapes";
import type { Transcript } from "./renderTranscript.ts";
import { bodyOf, speakerOf } from "./transcriptWords.ts";

const STYLE = `
body { font: 16px/1.5 system-ui, sans-serif; max-width: 42rem; margin: 2rem auto; padding: 0 1rem; color-scheme: light dark; }
li { list-style: none; margin: 0 0 1rem; }
ol { padding: 0; }
p { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; }
time { opacity: 0.7; font-size: 0.85em; }
`;

/** Of the page itself: nothing in it may run or load, whatever a message tries. */
export const TRANSCRIPT_CSP = `default-src 'none'; style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'`;

const ENTITIES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

function entry(message: Message, user: Transcript["user"]): string {
  const { createdAt } = message;
  const time = `<time datetime="${escaped(createdAt)}">${escaped(createdAt)}</time>`;
  // dir="auto" and <bdi>: text of either direction, and bidi marks in one message leave its neighbours alone.
  return `<li><b><bdi>${escaped(speakerOf(message, user))}</bdi></b> ${time}<p dir="auto">${escaped(bodyOf(message))}</p></li>`;
}

export function transcriptPage({ session, messages, user }: Transcript): string {
  const title = `Session ${escaped(session.id)}`;
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${title}</title>
<meta http-equiv="Content-Security-Policy" content="${escaped(TRANSCRIPT_CSP)}"><style>${STYLE}</style></head>
<body><h1>${title}</h1>
<ol>${messages.map((message) => entry(message, user)).join("\n")}</ol></body>
</html>
`;
}
