/** What stands above the composer once a session has ended: the rating, then one quiet line. */
import type { FunctionComponent } from "preact";
import { useEffect, useState } from "preact/hooks";
import { currentSession } from "../chat/chatState.ts";
import { usePanel } from "./context.ts";

type RatingComponent = FunctionComponent<{ sessionId: string }>;

export function After() {
  const panel = usePanel();
  const session = currentSession(panel.conversation.store.state);
  if (session?.state !== "ended") return null;
  const asked = session.endReason !== "superseded" && !panel.rated.value.includes(session.id);
  return asked ? <LateRating sessionId={session.id} /> : <p class="over">{panel.say("ended")}</p>;
}

function LateRating({ sessionId }: { sessionId: string }) {
  const [loaded, setLoaded] = useState<{ Rating: RatingComponent } | null>(null);
  useEffect(() => {
    // Without it the chat goes on: a rating is worth no error.
    import("./Rating.tsx").then((module) => setLoaded({ Rating: module.default })).catch(() => undefined);
  }, []);
  return loaded && <loaded.Rating sessionId={sessionId} />;
}
