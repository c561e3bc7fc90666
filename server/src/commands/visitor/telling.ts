/** A command of several steps: what one of them has committed is told, also when a later one fails. */
import type { Announcement } from "../../announcement.ts";
import type { House } from "./handler.ts";

export type Tell = (news: readonly Announcement[]) => void;

/** @param steps says at once what each of them has committed; it is told in that order, after the ack where there is one */
export async function telling<Data>(
  house: Pick<House, "say">,
  steps: (tell: Tell) => Promise<Data>,
): Promise<{ data: Data; announce: readonly Announcement[] }> {
  const announce: Announcement[] = [];
  try {
    const data = await steps((news) => void announce.push(...news));
    return { data, announce };
  } catch (error) {
    house.say(announce);
    throw error;
  }
}
