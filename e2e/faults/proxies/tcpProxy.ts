/**
 * A TCP link that fails as real ones do, to a port or to a unix socket. Rules say what happens to which piece, in which
 * direction, and may be applied and lifted while it runs; of those that fit, the one applied last decides.
 *
 *     const proxy = await tcpProxy({ port: redis.port });
 *     const rule = proxy.apply({ on: says("evalsha"), times: 1, do: { kind: "dropReply", link: "cut" } });
 *     await rule.struck;
 *     proxy.heal();
 *
 * The cluster puts one between each node and its Redis, and one between each node and its Postgres.
 */
import { once } from "node:events";
import { connect, createServer, type Server, type Socket } from "node:net";
import { steadyPort } from "@baton/server/testing/steadyPort";
import { RuleBook } from "./ruleBook.ts";
import { Link } from "./tcpLink.ts";
import { type Direction, fits, type LinkView, type LogLine, type Rule, type TcpRule } from "./tcpRules.ts";

export type Target = { readonly port: number; readonly host?: string } | { readonly path: string };

export class TcpProxy {
  readonly port: number;
  readonly #target: Target;
  readonly #links = new Set<Link>();
  readonly #rules = new RuleBook<Rule, LogLine>((lifted) => {
    for (const link of [...this.#links]) link.lifted(lifted);
  });
  #server: Server | undefined;
  #count = 0;

  constructor(port: number, target: Target) {
    this.port = port;
    this.#target = target;
  }

  /** Links that are open on one side at least. */
  get links(): readonly LinkView[] {
    return [...this.#links];
  }

  /** What the rules did. */
  get log(): readonly LogLine[] {
    return this.#rules.log;
  }

  apply(rule: Rule): TcpRule {
    return this.#rules.apply(rule);
  }

  /** Lifts every rule and takes new connections. */
  async heal(): Promise<void> {
    this.#rules.liftAll();
    await this.admit();
  }

  /** RST to both sides of these links, now. */
  reset(which: (link: LinkView) => boolean = () => true): void {
    for (const link of [...this.#links]) {
      if (!which(link)) continue;
      this.#rules.tell({ at: new Date().toISOString(), rule: "reset", link: link.id, direction: "up", bytes: 0 });
      link.reset();
    }
  }

  /** New connections are refused from now on; open ones stay. */
  refuse(): void {
    this.#server?.close();
    this.#server = undefined;
  }

  /** Takes new connections again. */
  async admit(): Promise<void> {
    if (this.#server) return;
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => this.#begin(near));
    this.#server.listen(this.port, "127.0.0.1");
    await once(this.#server, "listening");
  }

  /** As if it had never been there: no link, no timer, no port. */
  async close(): Promise<void> {
    const closed = this.#server && once(this.#server, "close");
    this.refuse();
    this.reset();
    this.#rules.liftAll();
    await Promise.all([closed, ...[...this.#links].map((link) => link.gone)]);
  }

  #begin(near: Socket): void {
    const far = connect({ ...this.#target, allowHalfOpen: true, noDelay: true });
    const judge = (direction: Direction, piece: Buffer, link: LinkView) =>
      this.#rules.decides((rule) => fits(rule, direction, { piece, link }));
    this.#count += 1;
    const link = new Link({ id: this.#count, near, far, judge });
    this.#links.add(link);
    void link.gone.then(() => this.#links.delete(link));
  }
}

/** Listens on a free port of the loopback. */
export async function tcpProxy(target: Target): Promise<TcpProxy> {
  const proxy = new TcpProxy(await steadyPort(), target);
  await proxy.admit();
  return proxy;
}
