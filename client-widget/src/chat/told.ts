/** The whole truth at once: a Snapshot, or what changed since a rev. Pure. */
import type { VisitorData } from "@baton/shared/commands";
import type { Snapshot } from "@baton/shared/visitor/shapes";
import { putLock, takeDeadlines } from "./baton.ts";
import { type ChatState, currentSession, EMPTY_CHAT } from "./chatState.ts";
import { putMessage, putTrack } from "./put.ts";
import { hearUpTo, learnSession } from "./track.ts";

/** `now`: our clock when it came. */
export function takeSnapshot(state: ChatState, snapshot: Snapshot, now: number): ChatState {
  const { user, device, lock, site, resumption, deadlines, receipts, session, rev } = snapshot;
  const serverNow = Date.parse(snapshot.serverTime);
  // A page that shows the conversation has nothing to be asked before it is shown.
  const shown = resumption.kind === "offer" && currentSession(state)?.id === session?.id;
  const way = shown ? { ...resumption, kind: "restored" as const } : resumption;
  const person = { user, device, site, resumption: way, receipts, typing: {}, skewMs: serverNow - now };
  // Whoever has just signed in has a baton of their own, and has not lost it.
  const met = state.user?.id === user.id ? {} : { lock: null, lost: false, rival: null };
  const ended = { endedAway: hasEndedAway(state, snapshot) };
  const base = { ...startingPoint(state, snapshot), ...met, ...person, ...WHOLE, ...ended };
  const timed = takeDeadlines(putLock(base, lock), deadlines, serverNow);
  const filled = snapshot.messages.reduce(putMessage, timed);
  return session
    ? putTrack(filled, session.id, (track) => hearUpTo(learnSession(track, session), rev))
    : closed(filled);
}

export function takeSync(state: ChatState, sync: VisitorData<"sync">, now: number): ChatState {
  const { session, lock, deadlines, receipts, rev } = sync;
  const whole = session.id === currentSession(state)?.id && WHOLE;
  // Of one that is over nothing is thrown away with which another goes on.
  const base = whole && sync.reset ? { ...state, ...FORGOTTEN, hasMore: true } : state;
  const healed = { ...base, ...whole, streams: withoutHoles(base.streams), receipts };
  const timed = takeDeadlines(putLock(healed, lock), deadlines, now + state.skewMs);
  const filled = sync.changes.reduce(putMessage, timed);
  return putTrack(filled, session.id, (track) => hearUpTo(learnSession(track, session), rev));
}

const WHOLE = { syncAdvised: false, checking: false } as const;
const FORGOTTEN = { tracks: {}, messages: {}, streams: {}, queue: null, earlier: null } as const;

/** What is kept when a Snapshot arrives. */
function startingPoint(state: ChatState, { user, session, resumption, reset, hasMore }: Snapshot): ChatState {
  // Somebody else signed in on this page: nothing of the first may stay, the unsent words least of all.
  if (state.user?.kind === "identified" && state.user.id !== user.id)
    return { ...EMPTY_CHAT, line: state.line, hasMore };
  // The conversation that has just ended stays readable until the next one begins.
  const justEnded = resumption.previous?.sessionId;
  if (!session && justEnded && state.tracks[justEnded]) return state;
  return reset ? { ...state, ...FORGOTTEN, hasMore } : state;
}

/** Its person has not seen it end: it was open here, or it lies so far back that nothing of it is taken up. */
function hasEndedAway(state: ChatState, { session, resumption }: Snapshot): boolean {
  if (session || !resumption.previous) return false;
  const known = currentSession(state);
  return known ? state.endedAway || known.state !== "ended" : resumption.kind === "fresh";
}

/** No session is open or idle, so what we took for one has ended. */
function closed(state: ChatState): ChatState {
  const session = currentSession(state);
  if (!session || session.state === "ended") return state;
  const { previous } = state.resumption ?? {};
  const ended = { ...session, state: "ended", ...(previous && { endedAt: previous.endedAt }) } as const;
  return putTrack({ ...state, queue: null }, session.id, (track) => ({ ...track, session: ended }));
}

function withoutHoles(streams: ChatState["streams"]): ChatState["streams"] {
  return Object.fromEntries(Object.entries(streams).map(([id, stream]) => [id, { ...stream, ahead: [] }]));
}
