/** `/healthz`: the process answers. `/readyz`: it may be sent visitors. For probes and load balancers. */
import type { FastifyInstance } from "fastify";
import { HttpRefusal } from "./httpErrors.ts";

export type Health = {
  /** `checks`: what was looked at, each «ok» or a reason, such as `{ database: "ok", draining: "since 12 s" }`. */
  ready(): Promise<{ ready: boolean; isDegraded?: boolean; checks: Record<string, string> }>;
};

export function registerHealth(app: FastifyInstance, health: Health): void {
  app.get("/healthz", () => ({ status: "ok" }));
  app.get("/readyz", async () => {
    const { ready, isDegraded = false, checks } = await health.ready();
    if (ready) return { status: isDegraded ? "degraded" : "ready", checks };
    throw new HttpRefusal(503, {
      code: "not_ready",
      message: "Send no visitors here now; details.checks says why.",
      details: { checks },
    });
  });
}
