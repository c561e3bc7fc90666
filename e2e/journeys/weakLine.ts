/** A line between a browser and the gateway that can be cut: a TCP relay. */
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

export type WeakLine = {
  url: string;
  /** Ends every connection that goes through it now; tells how many. */
  cut: () => number;
  /** Keeps what the browser says from the gateway until `release`; what the gateway says arrives. */
  hold: () => void;
  /** Nothing goes either way until `release`, as where the machine sleeps. */
  sleep: () => void;
  release: () => void;
  remove: () => Promise<void>;
};

export async function createWeakLine(port: number): Promise<WeakLine> {
  const open = new Set<Socket>();
  const [nears, fars] = [new Set<Socket>(), new Set<Socket>()];
  const held = new Set<Set<Socket>>();
  const relay = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    join(near, far, nears);
    join(far, near, fars);
  }).listen(0, "127.0.0.1");
  await once(relay, "listening");
  const address = relay.address();
  if (address === null || typeof address === "string") throw new Error("No port was given.");

  function join(socket: Socket, other: Socket, side: Set<Socket>): void {
    open.add(socket);
    side.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => {
      open.delete(socket);
      side.delete(socket);
      other.destroy();
    });
    socket.on("data", (data) => other.write(data));
    if (held.has(side)) socket.pause();
  }
  function hold(...sides: Set<Socket>[]): void {
    for (const side of sides) {
      held.add(side);
      for (const socket of side) socket.pause();
    }
  }
  const cut = () => {
    const ends = open.size;
    for (const socket of open) socket.resetAndDestroy();
    return ends / 2;
  };
  return {
    url: `http://localhost:${address.port}`,
    cut,
    hold: () => hold(nears),
    sleep: () => hold(nears, fars),
    release() {
      held.clear();
      for (const socket of open) socket.resume();
    },
    async remove() {
      cut();
      relay.close();
      await once(relay, "close");
    },
  };
}
