/** `/metrics`, for Prometheus. Holds figures only: no ids, no names. */
import type { FastifyInstance } from "fastify";

export type MetricsText = { text(): Promise<string>; readonly contentType: string };

export function registerMetrics(app: FastifyInstance, metrics: MetricsText): void {
  app.get("/metrics", async (_request, reply) => reply.type(metrics.contentType).send(await metrics.text()));
}
