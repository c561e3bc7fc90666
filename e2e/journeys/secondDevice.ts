/** The same visitor on another device, without a browser: speaks protocol.md directly. */
import type { Page } from "@playwright/test";
import { io } from "socket.io-client";

export async function secondDevice(page: Page, gateway: string) {
  const visitorToken = await page.evaluate(() => localStorage.getItem("baton:demo:visitor"));
  const device = { id: "journeys-other-device".slice(0, 21), label: "Another device" };
  const socket = io(`${gateway}/visitor`, {
    transports: ["websocket"],
    auth: { protocol: 1, site: "demo", device, visitorToken },
    extraHeaders: { origin: new URL(page.url()).origin },
  });
  const ask = async (event: string, payload: object) => {
    const answer = await socket.timeout(10_000).emitWithAck(event, payload);
    if (!answer.ok) throw new Error(`${event}: ${answer.error.code}, ${answer.error.message}`);
    return answer.data;
  };
  await ask("session:open", {});
  return {
    say: (text: string) => ask("message:send", { clientId: `other ${text}`.replaceAll(" ", "-"), text }),
    leave: () => socket.disconnect(),
  };
}
