/** The six, in the order in which they are run and told. */

import type { ScenarioName } from "../finding.ts";
import { abruptDisconnect } from "./abruptDisconnect.ts";
import { corruptCache } from "./corruptCache.ts";
import { redisGone } from "./redisGone.ts";
import { sixtyDaysAway } from "./sixtyDaysAway.ts";
import type { Scenario } from "./stage.ts";
import { threeRefreshes } from "./threeRefreshes.ts";
import { twoDevices } from "./twoDevices.ts";

export const scenarios: Readonly<Record<ScenarioName, Scenario>> = {
  abruptDisconnect,
  threeRefreshes,
  twoDevices,
  sixtyDaysAway,
  corruptCache,
  redisGone,
};
