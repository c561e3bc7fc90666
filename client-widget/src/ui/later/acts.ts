/** What a person presses when the chat is elsewhere, quiet or over. The answers come back through the store. */
import type { VisitorPayloadIn } from "@baton/shared/commands";
import { currentSession } from "../../chat/chatState.ts";
import type { PanelModel } from "../panelModel.ts";

/** So long «Moving your chat here…» is believed. */
const MOVE_MS = 3_000;

/** «Continue here». The lock itself comes through the store, also when it is late: watchOver.ts then says so. */
export async function takeover(panel: PanelModel): Promise<void> {
  const { conversation } = panel;
  const { lock } = conversation.store.state;
  if (panel.moment.value.moving === "moving") return;
  panel.note({ moving: "moving" });
  const late = setTimeout(() => failed(panel), MOVE_MS);
  const answer = await conversation.ask("session:takeover", { epoch: lock?.epoch ?? 0 }).catch(() => null);
  clearTimeout(late);
  if (answer?.ok) return panel.note({ moving: "no" });
  const waitMs = answer?.error.code === "rate_limited" && answer.error.retryAfterMs;
  if (!waitMs) return failed(panel);
  panel.note({ moving: "wait" });
  setTimeout(() => panel.moment.value.moving === "wait" && panel.note({ moving: "ready" }), waitMs);
}

function failed(panel: PanelModel): void {
  if (panel.moment.value.moving === "moving") panel.note({ moving: "failed" });
}

/** «I'm still here»: what clears the warning is the server's word. */
export async function extend(panel: PanelModel): Promise<void> {
  await insist(panel, "session:keepalive", {});
}

/** `continue` what is idle, or start `new`. */
export async function resume(panel: PanelModel, how: "continue" | "new"): Promise<void> {
  const session = currentSession(panel.conversation.store.state);
  const current = session && session.state !== "ended" ? { sessionId: session.id } : null;
  if (how === "new") await insist(panel, "session:start", current ?? {});
  else if (current) await insist(panel, "session:resume", current);
}

/** What was pressed while the line is away for a moment is asked when it is back, as long as a person would wait for it. */
const TRIES = 6;
const NEXT_TRY_MS = 1_000;

type Insisted = "session:keepalive" | "session:start" | "session:resume";

/** Only what may be asked twice: an answer that was lost is asked for again. */
async function insist<E extends Insisted>({ conversation }: PanelModel, event: E, payload: VisitorPayloadIn<E>) {
  for (let tries = 1; ; tries += 1) {
    const answer = await conversation.ask(event, payload).catch(() => null);
    if (tries === TRIES || (answer && (answer.ok || !answer.error.retryable))) return;
    await new Promise((resolve) => setTimeout(resolve, NEXT_TRY_MS));
  }
}
