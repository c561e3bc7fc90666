/** One live socket as the door knows it: who it says it is, and, since its session:open, who it is. */
import type { Caller } from "../commands/visitor/handler.ts";
import type { SiteConfig } from "../config/config.ts";
import type { Claim } from "../identity/claims.ts";
import type { Merged } from "../identity/merge.ts";

export type Connection = {
  readonly id: string;
  readonly address: string;
  readonly site: SiteConfig;
  readonly device: { readonly id: string; readonly label: string };
  /** Made anew by each page; tells the tabs of a device apart. */
  readonly tab: string | undefined;
  claim: Claim;
  /** When, by the database's clock, and at which epoch of its user it was let in; undefined before. */
  admitted: { readonly ms: number; readonly epoch: number } | undefined;
  visible: boolean;
  /** When a person last did something here; milliseconds of the epoch. */
  usedAt: number;
  /** So many signs of life were asked of its page, and have not come: signOfLife.ts. */
  owesLife: number;
  /** Milliseconds of the epoch; undefined for tokens that do not end. */
  tokenExpiresAt: number | undefined;
  /** Set when the person has been told that the token is about to end. */
  toldExpiring: boolean;
  /** An anonymous visitor's token, when this connection made the visitor. */
  visitorToken: string | undefined;
  /** Two users became one by this very connection, and nobody has been told so far. */
  merged: Merged | undefined;
  /** When an address that connects too fast may open; milliseconds of performance.now(). */
  mayOpenAt: number;
  /** It was told to come back after so long, because this node goes away. */
  returnAfterMs: number | undefined;
  /** Since session:open. */
  caller: Caller | undefined;
  /** The opening that is under way, or done: two at once are one. */
  opening: Promise<void>;
};
