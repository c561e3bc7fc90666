/**
 * The judge: a history and what the database holds at its end, against the invariants I1 to I15 of the promises. PURE.
 * Made-up histories with one defect each show what it finds: ../madeUp/defects.ts.
 */
import type { History } from "../events.ts";
import type { FinalDatabase } from "../finalDatabase.ts";
import { checkContent } from "./content.ts";
import { checkDeadlines } from "./deadlines.ts";
import { checkEntitlement } from "./entitlement.ts";
import { checkEpochs } from "./epochs.ts";
import { type Evidence, gather } from "./evidence.ts";
import type { Finding } from "./finding.ts";
import { checkGauges } from "./gauges.ts";
import { checkHealing } from "./healing.ts";
import { LIMITS, type Limits } from "./limits.ts";
import { checkOrder } from "./order.ts";
import { checkReplay } from "./replay.ts";
import { checkResumption } from "./resumption.ts";
import { checkSends } from "./sends.ts";

const CHECKS: readonly ((evidence: Evidence) => Finding[])[] = [
  checkSends, // I1, I2, I6
  checkOrder, // I3
  checkReplay, // I4, I15
  checkContent, // I5
  checkEpochs, // I7, I8
  checkResumption, // I9
  checkDeadlines, // I10
  checkHealing, // I11, I4
  checkEntitlement, // I12
  checkGauges, // I13, I14
];

/** @param history in order of time; @returns nothing when all is well */
export function checkHistory(history: History, database: FinalDatabase, limits: Partial<Limits> = {}): Finding[] {
  const evidence = gather(history, database, { ...LIMITS, ...limits });
  return CHECKS.flatMap((check) => check(evidence));
}
