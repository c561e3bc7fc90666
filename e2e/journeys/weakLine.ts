/** A line between a browser and the gateway that can be cut: a TCP relay. */
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

export type WeakLine = {
  url: string;
  /** Ends every connection that goes through it now; tells how many. */
  cut: () => number;
  remove: () => Promise<void>;
};

export async function createWeakLine(port: number): Promise<WeakLine> {
  const open = new Set<Socket>();
  const relay = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    for (const [socket, other] of [
      [near, far],
      [far, near],
    ] as const) {
      open.add(socket);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        open.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  }).listen(0, "127.0.0.1");
  await once(relay, "listening");
  const address = relay.address();
  if (address === null || typeof address === "string") throw new Error("No port was given.");
  const cut = () => {
    const ends = open.size;
    for (const socket of open) socket.resetAndDestroy();
    return ends / 2;
  };
  return {
    url: `http://localhost:${address.port}`,
    cut,
    async remove() {
      cut();
      relay.close();
      await once(relay, "close");
    },
  };
}
