/** Two devices of one person: how their story begins, and what a page was told of the other. */
import type { Page } from "@playwright/test";
import type { Chat } from "./chat.ts";
import { expect } from "./expecting.ts";

type Beginning = { on: Chat; watchedOn: Chat; as: string; at: string };

/** Somebody says Hi on one device and is answered; then they open the other, and see that the chat is active elsewhere. */
export async function begin({ on, watchedOn, as, at }: Beginning): Promise<void> {
  await on.beginAs(as, at);
  await watchedOn.openAs(as, at);
  await expect(watchedOn.elsewhere).toContainText("This chat is active on");
  await expect(watchedOn.composer).toHaveCount(0);
}

/** Each time the gateway told it that another device has the chat, in the words of the wire. */
export function rivalsTold(page: Page, told: string[] = []): string[] {
  page.on("websocket", (socket) =>
    socket.on("framereceived", ({ payload }) => {
      const frame = String(payload);
      if (frame.includes('"mine":false') && frame.includes('"holder":{')) told.push(frame);
    }),
  );
  return told;
}
