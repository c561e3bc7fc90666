/** `POST /__test/clock`: tests move time. Exists only with BATON_TEST_CLOCK, which demands a loopback address. */
import type { FastifyInstance } from "fastify";
import * as z from "zod";
import { HttpRefusal } from "./httpErrors.ts";

export type TestClock = {
  /** Resolves when everything that became due has taken effect. Answers the new now, epoch ms. */
  advance(advanceMs: number): Promise<number>;
};

const Body = z.strictObject({ advanceMs: z.int().min(0) });

export function registerTestClock(app: FastifyInstance, clock: TestClock): void {
  app.post("/__test/clock", async (request) => {
    const body = Body.safeParse(request.body);
    if (!body.success)
      throw new HttpRefusal(400, {
        code: "invalid_payload",
        message: 'Send {"advanceMs": whole milliseconds from 0}.',
      });
    return { now: new Date(await clock.advance(body.data.advanceMs)).toISOString() };
  });
}
