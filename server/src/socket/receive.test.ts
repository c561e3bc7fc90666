import { expect, test, vi } from "vitest";
import { createLog } from "../log.ts";
import { createMetrics } from "../metrics.ts";
import { createBudgets } from "./budgets.ts";
import type { Connection } from "./connection.ts";
import { createReceive, type Hall, type ReceiveParts } from "./receive.ts";

test("a fault in what follows a command leaves its one ack as it was, and is logged", async () => {
  const log = createLog({ level: "silent" });
  const logged = vi.spyOn(log, "error");
  const hall: Hall = {
    open: async () => ({ data: { opened: true } as never }),
    used: () => {},
    say: () => {},
    isDraining: () => false,
    hasLeft: () => false,
    restart: () => {},
    together: (_connection, say) => say(),
    follow: () => {
      throw new Error("nobody can be told");
    },
  };
  const budgets = createBudgets({ burst: 1, perSecond: 1 });
  const parts: Omit<ReceiveParts, "house"> = {
    hall,
    connectionBudgets: budgets,
    messageBudgets: budgets,
    metrics: createMetrics(),
    log,
  };
  const receive = createReceive(parts as ReceiveParts);
  const acks: unknown[] = [];
  void receive({ id: "c1" } as Connection, ["session:open", {}, (ack: unknown) => acks.push(ack)]);
  await vi.waitFor(() => expect(logged).toHaveBeenCalledTimes(1), { timeout: 10_000 });
  expect(acks).toEqual([{ ok: true, data: { opened: true } }]);
  expect(logged.mock.lastCall?.[0]).toMatchObject({ event: "session:open", connectionId: "c1" });
});
