/** Everything that the checker must find, each seeded into histories that are otherwise good. Used by its own tests. */
import type { Defect } from "./breaking.ts";
import { DEFECTS_OF_HOLDING } from "./defectsOfHolding.ts";
import { DEFECTS_OF_ORDER } from "./defectsOfOrder.ts";
import { DEFECTS_OF_READING } from "./defectsOfReading.ts";
import { DEFECTS_OF_SENDING } from "./defectsOfSending.ts";
import { DEFECTS_OF_SPEAKING } from "./defectsOfSpeaking.ts";
import { DEFECTS_OF_TIME } from "./defectsOfTime.ts";

export const DEFECTS: readonly Defect[] = [
  ...DEFECTS_OF_SENDING,
  ...DEFECTS_OF_ORDER,
  ...DEFECTS_OF_READING,
  ...DEFECTS_OF_SPEAKING,
  ...DEFECTS_OF_TIME,
  ...DEFECTS_OF_HOLDING,
];
