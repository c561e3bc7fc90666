/** `GET /v1/sessions/{id}/transcript`, and with `.json`, `.txt`, `.html`, for a site's own servers. */
import { Id } from "@baton/shared/visitor/primitives";
import type { FastifyInstance } from "fastify";
import type { ApiKeys } from "../identity/apiKeys.ts";
import {
  renderTranscript,
  TRANSCRIPT_FORMATS,
  type Transcript,
  type TranscriptFormat,
} from "../transcript/renderTranscript.ts";
import { TRANSCRIPT_CSP } from "../transcript/transcriptPage.ts";
import { demandScope } from "./demandScope.ts";
import { HttpRefusal } from "./httpErrors.ts";

export type TranscriptReader = {
  /** undefined when the site has no such session, also when another one has. */
  read(siteId: string, sessionId: string): Promise<Transcript | undefined>;
};

type Parts = { transcripts: TranscriptReader; apiKeys: ApiKeys };

const CONTENT_TYPES: Record<TranscriptFormat, string> = {
  json: "application/json; charset=utf-8",
  txt: "text/plain; charset=utf-8",
  html: "text/html; charset=utf-8",
};

/** Ids are ours, but a header's value is nothing to be generous with. */
function fileName(sessionId: string, format: TranscriptFormat): string {
  return `transcript-${sessionId.replace(/[^A-Za-z0-9_-]/g, "_")}.${format}`;
}

async function readTranscript({ transcripts }: Parts, siteId: string, sessionId: string): Promise<Transcript> {
  // What cannot be an id is not asked for: Postgres would refuse a NUL as a fault.
  const transcript = Id.safeParse(sessionId).success ? await transcripts.read(siteId, sessionId) : undefined;
  if (transcript) return transcript;
  throw new HttpRefusal(404, { code: "not_found", message: "This site has no such session." });
}

function registerFormat(
  app: FastifyInstance,
  parts: Parts,
  { path, format }: { path: string; format: TranscriptFormat },
): void {
  app.get<{ Params: { id: string } }>(path, async (request, reply) => {
    const { site } = demandScope(request, reply, { apiKeys: parts.apiKeys, scope: "sessions:read" });
    const { id } = request.params;
    const body = renderTranscript(await readTranscript(parts, site, id), format);
    if (format !== "json") reply.header("content-disposition", `attachment; filename="${fileName(id, format)}"`);
    if (format === "html") reply.header("content-security-policy", TRANSCRIPT_CSP);
    return reply.type(CONTENT_TYPES[format]).send(body);
  });
}

export function registerTranscripts(app: FastifyInstance, parts: Parts): void {
  registerFormat(app, parts, { path: "/v1/sessions/:id/transcript", format: "json" });
  for (const format of TRANSCRIPT_FORMATS)
    registerFormat(app, parts, { path: `/v1/sessions/:id/transcript.${format}`, format });
}
