/** Somebody who is invented for the drill: what they show at the door, on whatever device. */
import type { Snapshot } from "@baton/shared/visitor/shapes";

export type Person = {
  /** Of the handshake's `auth`. */
  auth(): Promise<{ visitorToken?: string; userToken?: string }>;
  learn(opened: Snapshot): void;
  /** Known after the first opening. */
  userId(): string;
};

/** @param userToken of the site, signed for this person; left out, an anonymous visitor who keeps the token they were given */
export function newPerson(userToken?: () => Promise<string>): Person {
  let known: { userId: string; visitorToken: string | undefined } | undefined;
  return {
    async auth() {
      if (userToken) return { userToken: await userToken() };
      return known?.visitorToken === undefined ? {} : { visitorToken: known.visitorToken };
    },
    learn({ user, visitorToken }) {
      known = { userId: user.id, visitorToken: visitorToken ?? known?.visitorToken };
    },
    userId() {
      if (!known) throw new Error("This person has not arrived yet.");
      return known.userId;
    },
  };
}
