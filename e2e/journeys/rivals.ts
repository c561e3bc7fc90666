/** Each time the gateway told a page that another device has the chat, in the words of the wire. */
import type { Page } from "@playwright/test";

export function rivalsTold(page: Page, told: string[] = []): string[] {
  page.on("websocket", (socket) =>
    socket.on("framereceived", ({ payload }) => {
      const frame = String(payload);
      if (frame.includes('"mine":false') && frame.includes('"holder":{')) told.push(frame);
    }),
  );
  return told;
}
