/** The program that is compared with: Socket.IO and nothing else, making the deliveries that Baton makes. Keeps nothing. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Ack } from "@baton/shared/refusals";
import type { Message } from "@baton/shared/visitor/shapes";
import { Server } from "socket.io";

const [ID, TIME] = ["a".repeat(21), "2026-01-01T00:00:00.000Z"];
const DEADLINES = { warnAt: null, idleAt: null, endAt: null };

type Sent = { clientId: string; text: string };

/** As large as Baton's, with nothing behind it. */
function messageOf({ clientId, text }: Sent, seq: number): Message {
  return {
    id: ID,
    sessionId: ID,
    seq,
    rev: seq,
    threadId: ID,
    clientId,
    author: { kind: "visitor", id: ID },
    kind: "text",
    text,
    status: "complete",
    createdAt: TIME,
  };
}

const http = createServer();
// The same settings as Baton's own, so that the difference is Baton.
const io = new Server(http, {
  transports: ["websocket"],
  serveClient: false,
  perMessageDeflate: false,
  httpCompression: false,
  pingInterval: 20_000,
  pingTimeout: 15_000,
});

io.of("/visitor").on("connection", async (socket) => {
  const { room } = socket.handshake.auth as { room?: string };
  if (room !== undefined) await socket.join(room);
  let seq = 0;
  socket.on("message:send", (sent: Sent, ack: (answer: Ack<unknown>) => void) => {
    seq += 1;
    const message = messageOf(sent, seq);
    ack({ ok: true, data: { message, rev: seq, deadlines: DEADLINES } });
    const listeners = room === undefined ? socket : io.of("/visitor").to(room);
    listeners.emit("message", { message, rev: seq });
  });
});

http.listen(0, "127.0.0.1", () => process.send?.({ port: (http.address() as AddressInfo).port }));
