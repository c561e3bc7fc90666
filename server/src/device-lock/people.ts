/** The live connections of a user on this node, as the lock needs them. Given by socket/connections.ts. */
import type { SitePolicy } from "../config/config.ts";

export type Present = {
  readonly id: string;
  readonly device: { readonly id: string; readonly label: string };
  /** Whether a person can see the page. */
  readonly visible: boolean;
  /** When a person last did something here; milliseconds of the epoch. */
  readonly usedAt: number;
  /** So many signs of life were asked of its page, and have not come. */
  readonly owesLife: number;
  /** Its grant, once its session is open. */
  readonly caller: { epoch: number; readonly site: { readonly policy: Pick<SitePolicy, "oneDevice"> } } | undefined;
};

export type People = {
  of(userId: string): readonly Present[];
};
