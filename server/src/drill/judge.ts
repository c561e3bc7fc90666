/**
 * PURE. Whether a transcript is what was acknowledged, and whether a page shows what is stored. Rules: a message that was
 * acknowledged is there once, at its place, in its words; one that was refused is not; places have no holes.
 */
import type { Message } from "@baton/shared/visitor/shapes";
import { messagesOf, type View } from "./visitor/view.ts";

export type Sent = { readonly clientId: string; readonly text: string };
export type Acked = Sent & {
  readonly seq: number;
  readonly sessionId: string;
  readonly messageId: string;
  /** Refused for now, and asked again later: what was written after it may have passed it. */
  readonly wasPutOff: boolean;
};

export type Fault =
  | { readonly kind: "lost"; readonly text: string; readonly seq: number }
  | { readonly kind: "moved"; readonly text: string; readonly seq: number; readonly foundAt: number }
  | { readonly kind: "altered"; readonly text: string; readonly found: string }
  | { readonly kind: "doubled"; readonly text: string }
  | { readonly kind: "kept"; readonly text: string }
  | { readonly kind: "foreign"; readonly text: string }
  | { readonly kind: "hole"; readonly sessionId: string; readonly place: number; readonly seq: number }
  | { readonly kind: "disorder"; readonly text: string; readonly before: string };

export type Books = {
  /** Of each device, in the order in which it was sent. */
  readonly acked: readonly (readonly Acked[])[];
  /** Refused for good: they must be nowhere. */
  readonly refused: readonly Sent[];
  /** All sessions, each from its first place on. */
  readonly transcript: readonly Message[];
};

export function judgeTranscript({ acked, refused, transcript }: Books): Fault[] {
  const own = transcript.filter(({ author }) => author.kind === "visitor");
  const all = acked.flat();
  const known = new Set([...all, ...refused].map(({ clientId }) => clientId));
  return [
    ...all.flatMap((sent) => faultOf(sent, own)),
    ...doubled(own),
    ...refused
      .filter(({ clientId }) => own.some((message) => message.clientId === clientId))
      .map(({ text }) => ({ kind: "kept" as const, text })),
    ...own.filter(({ clientId = "" }) => !known.has(clientId)).map(({ text }) => ({ kind: "foreign" as const, text })),
    ...holes(transcript),
    ...acked.flatMap(disorder),
  ];
}

function faultOf({ clientId, text, seq, sessionId }: Acked, own: readonly Message[]): Fault[] {
  const kept = own.find((message) => message.clientId === clientId);
  if (!kept || kept.sessionId !== sessionId) return [{ kind: "lost", text, seq }];
  if (kept.seq !== seq) return [{ kind: "moved", text, seq, foundAt: kept.seq }];
  return kept.text === text ? [] : [{ kind: "altered", text, found: kept.text }];
}

/** By key and by words: a gateway that forgets the key stores the repeat as a second message. */
function doubled(own: readonly Message[]): Fault[] {
  const seen = new Set<string>();
  return own.flatMap(({ text }) => {
    const again = seen.has(text);
    seen.add(text);
    return again && text !== "" ? [{ kind: "doubled" as const, text }] : [];
  });
}

/** Told where it is, once: what follows is counted from there. */
function holes(transcript: readonly Message[]): Fault[] {
  const reached = new Map<string, number>();
  return transcript.flatMap(({ sessionId, seq }) => {
    const place = (reached.get(sessionId) ?? 0) + 1;
    reached.set(sessionId, seq);
    return seq === place ? [] : [{ kind: "hole" as const, sessionId, place, seq }];
  });
}

function disorder(sent: readonly Acked[]): Fault[] {
  const orderly = sent.filter(({ wasPutOff }) => !wasPutOff);
  return orderly.flatMap(({ text, seq, sessionId }, i) => {
    const before = orderly[i - 1];
    return before && before.sessionId === sessionId && before.seq > seq
      ? [{ kind: "disorder" as const, text, before: before.text }]
      : [];
  });
}

export type ViewFault = { readonly kind: "missing" | "stale" | "invented"; readonly text: string };

/**
 * Whether a page shows what is stored, up to the revision it has reached. Of a reply that is still being written only its
 * place is compared: pieces take no revision.
 */
export function judgeView(view: View, transcript: readonly Message[]): ViewFault[] {
  const stored = transcript.filter(({ sessionId, rev }) => sessionId === view.sessionId && rev <= view.rev);
  const ids = new Set(transcript.map(({ id }) => id));
  return [
    ...stored.flatMap((message) => viewFaultOf(message, view)),
    ...messagesOf(view)
      .filter(({ id }) => !ids.has(id))
      .map(({ text }) => ({ kind: "invented" as const, text })),
  ];
}

function viewFaultOf(message: Message, view: View): ViewFault[] {
  const shown = view.messages.get(message.id);
  if (!shown) return [{ kind: "missing", text: message.text }];
  if (message.status === "streaming" || shown.rev > message.rev) return [];
  return shown.rev === message.rev && shown.text === message.text && shown.seq === message.seq
    ? []
    : [{ kind: "stale", text: message.text }];
}
