/** What a person presses when the chat is elsewhere, quiet or over. The answers come back through the store. */
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
export async function extend({ conversation }: PanelModel): Promise<void> {
  await conversation.ask("session:keepalive", {}).catch(() => null);
}

/** `continue` what is idle, or start `new`. */
export async function resume({ conversation }: PanelModel, how: "continue" | "new"): Promise<void> {
  const session = currentSession(conversation.store.state);
  const current = session && session.state !== "ended" ? { sessionId: session.id } : null;
  if (how === "new") await conversation.ask("session:start", current ?? {}).catch(() => null);
  else if (current) await conversation.ask("session:resume", current).catch(() => null);
}
