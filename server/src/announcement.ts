/** Something to tell all connections of a user, but perhaps one. Made by commands and turns, said by socket/announce.ts. */
import type { VisitorNotice, VisitorNoticeName } from "@baton/shared/notices";

export type Announcement = {
  [E in VisitorNoticeName]: {
    readonly userId: string;
    readonly event: E;
    readonly payload: VisitorNotice<E>;
    readonly exceptConnection?: string;
    /** Only to one of their devices, or to all but one. */
    readonly device?: { readonly only: string } | { readonly except: string };
    /** Only to connections of this node: every other one finds it out by itself. */
    readonly isLocal?: true;
  };
}[VisitorNoticeName];
