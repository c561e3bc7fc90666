/**
 * The ways from people to nodes: some reach a node directly, some through a TCP proxy, some through one that understands
 * Socket.IO, so that their network can fail too. Made once for a cluster; pages choose among them.
 */
import type { Cluster } from "../cluster/cluster.ts";
import type { ClusterNode } from "../cluster/node.ts";
import { type SocketIoProxy, socketIoProxy } from "../proxies/socketIoProxy.ts";
import { type TcpProxy, tcpProxy } from "../proxies/tcpProxy.ts";

export const WAYS = ["direct", "tcp", "socketIo"] as const;
export type Way = (typeof WAYS)[number];

export type Route = {
  readonly node: ClusterNode;
  readonly url: string;
};

type Front = { readonly node: ClusterNode; readonly tcp: TcpProxy; readonly socketIo: SocketIoProxy };

export class Routes {
  readonly fronts: readonly Front[];

  constructor(fronts: readonly Front[]) {
    this.fronts = fronts;
  }

  /** The nodes in turn: whoever lost one goes on to the next. */
  at(way: Way, turn: number): Route {
    const front = this.fronts[turn % this.fronts.length];
    if (!front) throw new Error("there is no node to go to");
    const { node, tcp, socketIo } = front;
    const urls = { direct: node.url, tcp: `http://127.0.0.1:${tcp.port}`, socketIo: socketIo.url };
    return { node, url: urls[way] };
  }

  async heal(): Promise<void> {
    for (const { socketIo } of this.fronts) socketIo.heal();
    await Promise.all(this.fronts.map(({ tcp }) => tcp.heal()));
  }

  async close(): Promise<void> {
    await Promise.all(this.fronts.flatMap(({ tcp, socketIo }) => [tcp.close(), socketIo.close()]));
  }
}

export async function routesTo({ nodes }: Pick<Cluster, "nodes">): Promise<Routes> {
  const fronts = nodes.map(async (node) => ({
    node,
    tcp: await tcpProxy({ port: node.port }),
    socketIo: await socketIoProxy(node.url),
  }));
  return new Routes(await Promise.all(fronts));
}
