/**
 * The judge: a history and what the database holds at its end, against the invariants I1 to I15 of the promises. PURE.
 * Made-up histories with one defect each show what it finds: ../madeUp/defects.ts.
 */
import type { History } from "../events.ts";
import type { FinalDatabase } from "../finalDatabase.ts";
import { type Evidence, gather } from "./evidence.ts";
import type { Finding } from "./finding.ts";
import { LIMITS, type Limits } from "./limits.ts";
import { checkSends } from "./sends.ts";

const CHECKS: readonly ((evidence: Evidence) => Finding[])[] = [checkSends];

/** @param history in order of time; @returns nothing when all is well */
export function checkHistory(history: History, database: FinalDatabase, limits: Partial<Limits> = {}): Finding[] {
  const evidence = gather(history, database, { ...LIMITS, ...limits });
  return CHECKS.flatMap((check) => check(evidence));
}
