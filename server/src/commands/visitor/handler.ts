/** The shape of every command: who asks, what they ask, what the house can do; and the answer with what follows. */
import type { VisitorCommandName, VisitorData, VisitorPayload } from "@baton/shared/commands";
import type { Announcement } from "../../announcement.ts";
import type { TurnControl } from "../../bot/turns.ts";
import type { SiteConfig } from "../../config/config.ts";
import type { Baton } from "../../device-lock/baton.ts";
import type { Identity, Renewed } from "../../identity/identity.ts";
import type { CurrentSessions } from "../../session/currentSessions.ts";
import type { SessionList } from "../../session/sessionList.ts";
import type { Sessions } from "../../session/sessionService.ts";
import type { Reader, Transcript } from "../../transcript/transcript.ts";

/** What this gateway can do, given to every command by the composition root. */
export type House = {
  readonly transcript: Transcript;
  readonly sessions: Sessions;
  readonly listSessions: SessionList;
  readonly baton: Baton;
  readonly currentSessions: CurrentSessions;
  readonly identity: Identity;
  readonly turns: TurnControl;
  /** Tells people at once, where nothing else will come to be told with. */
  say(announcements: readonly Announcement[]): void;
};

/** A device of a user, with a session:open behind it. */
export type Caller = Reader & {
  readonly connectionId: string;
  readonly site: SiteConfig;
  readonly device: { readonly id: string; readonly label: string };
  readonly user: { readonly kind: "visitor" | "identified"; readonly externalId?: string; readonly name?: string };
  /** What this connection was granted, 0 while its device is passive; every write carries it. Set by device-lock/. */
  epoch: number;
  /** Logs out just now: its end is told by that, and not by what finds the token void. */
  isLeaving?: boolean;
};

export type Answer<E extends VisitorCommandName> = {
  readonly data: VisitorData<E>;
  readonly announce?: readonly Announcement[];
  /** Of message:send: false for a repeat. */
  readonly appended?: boolean;
  /** What changes for the connection itself. */
  readonly connection?: { readonly renewed?: Renewed; readonly visible?: boolean; readonly logOut?: true };
};

/** @throws Refused for every expected «no» */
export type Handler<E extends VisitorCommandName> = (
  caller: Caller,
  payload: VisitorPayload<E>,
  house: House,
) => Promise<Answer<E>>;
