/** A link to a test database that can fail as real ones do: cut, gone for a while, or losing an answer on its way. */
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import type { DatabaseTarget } from "../postgres/connect.ts";

export type DatabaseLink = {
  /** Where a gateway finds the database through this link. */
  readonly target: DatabaseTarget;
  /** Ends every connection; new ones are taken. */
  cut(): void;
  /** Ends every connection, and each new one, until `up`. */
  down(): void;
  up(): void;
  /** The database does what it is asked next, but its answer is lost and the connection with it. */
  loseNextAnswer(): void;
  /** Every connection stays and says nothing any more; new ones are as ever. */
  mute(): void;
  close(): Promise<void>;
};

export async function databaseLink(to: DatabaseTarget): Promise<DatabaseLink> {
  if (typeof to === "string") throw new Error("a link goes to a folder of sockets");
  const pairs = new Set<readonly [Socket, Socket]>();
  let isDown = false;
  let losesAnswers = false;
  const muted = new WeakSet<Socket>();

  function end(pair: readonly [Socket, Socket]): void {
    for (const socket of pair) socket.destroy();
    pairs.delete(pair);
  }

  const server = createServer((near) => {
    if (isDown) return void near.destroy();
    const far = connect(`${to.host}/.s.PGSQL.${to.port}`);
    const pair = [near, far] as const;
    pairs.add(pair);
    for (const socket of pair) socket.on("error", () => end(pair)).on("close", () => end(pair));
    near.on("data", (bytes) => far.write(bytes));
    far.on("data", (bytes) => {
      if (muted.has(far)) return;
      if (!losesAnswers) return void near.write(bytes);
      losesAnswers = false;
      end(pair);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const cut = () => [...pairs].forEach(end);

  return {
    target: { ...to, host: "127.0.0.1", port },
    cut,
    down() {
      isDown = true;
      cut();
    },
    up() {
      isDown = false;
    },
    loseNextAnswer() {
      losesAnswers = true;
    },
    mute() {
      for (const [, far] of pairs) muted.add(far);
    },
    async close() {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
