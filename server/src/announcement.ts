/** Something to tell all connections of a user, but perhaps one. Made by commands and turns, said by socket/announce.ts. */
import type { VisitorNotice, VisitorNoticeName } from "@baton/shared/notices";

export type Announcement = {
  [E in VisitorNoticeName]: {
    readonly userId: string;
    readonly event: E;
    readonly payload: VisitorNotice<E>;
    readonly exceptConnection?: string;
  };
}[VisitorNoticeName];
