// A visitor of the rehearsed gateway: loads the widget's script, opens a conversation, and stays until told to come back.
import { io } from "socket.io-client";

const WITHIN_MS = 10_000;

/** @param stop asks the gateway to end, once the visitor is in */
export async function visitUntilClosing(url, stop) {
  const script = await fetch(`${url}/widget/v1/loader.js`);
  if (!script.ok) throw new Error(`the widget's script answered ${script.status}`);
  const extraHeaders = { origin: "https://shop.example" };
  const auth = { protocol: 1, site: "shop", device: { id: "rehearsal-rehearsal-1" } };
  const socket = io(`${url}/visitor`, { transports: ["websocket"], reconnection: false, extraHeaders, auth });
  const closing = new Promise((resolve) => socket.once("closing", resolve));
  const cut = new Promise((_, reject) => socket.once("connect_error", reject));
  try {
    const opened = socket.timeout(WITHIN_MS).emitWithAck("session:open", {});
    await answeredOk(await Promise.race([opened, cut]));
    const sent = { clientId: "rehearsal-rehearsal-2", text: "Does it hold?" };
    await answeredOk(await socket.timeout(WITHIN_MS).emitWithAck("message:send", sent));
    stop();
    return {
      script: script.status,
      closing: await Promise.race([closing, new Promise((r) => socket.once("disconnect", r))]),
    };
  } finally {
    socket.close();
  }
}

function answeredOk(answer) {
  if (!answer.ok) throw new Error(`refused: ${JSON.stringify(answer.error)}`);
}
