/** A line between a browser and the gateway that can be cut: a TCP relay. */
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

export type WeakLine = {
  url: string;
  /** Ends every connection that goes through it now; tells how many. */
  cut: () => number;
  /** Keeps what the browser says from the gateway until `release`; what the gateway says arrives. */
  hold: () => void;
  release: () => void;
  remove: () => Promise<void>;
};

export async function createWeakLine(port: number): Promise<WeakLine> {
  const open = new Set<Socket>();
  const nears = new Set<Socket>();
  let held = false;
  const relay = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    nears.add(near);
    near.on("close", () => nears.delete(near));
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
    }
    far.pipe(near);
    near.on("data", (data) => far.write(data));
    if (held) near.pause();
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
    hold() {
      held = true;
      for (const near of nears) near.pause();
    },
    release() {
      held = false;
      for (const near of nears) near.resume();
    },
    async remove() {
      cut();
      relay.close();
      await once(relay, "close");
    },
  };
}
