/**
 * Who the person is: the anonymous visitor's token, or the site's word for them. Builds `auth` for each connection.
 */
import { PROTOCOL_VERSION } from "@baton/shared/version";
import type { VisitorAuth } from "@baton/shared/visitor/connecting";
import { nanoid } from "nanoid";
import type { Identity } from "../embed/shell.ts";
import { deviceId, deviceLabel } from "./device.ts";
import type { Kept } from "./kept.ts";

const TOKEN_MS = 30_000;
/** A page that signed somebody in before is given this long to do it again before we connect without a name. */
const KNOWN_PERSON_MS = 3_000;

export class Persona {
  readonly #tab = nanoid();
  readonly #site: string;
  readonly #kept: Kept;
  #identity: Identity | undefined;
  #userToken: string | undefined;
  #arrived: () => void = () => undefined;
  readonly #arrival = new Promise<void>((resolve) => {
    this.#arrived = resolve;
  });

  constructor(site: string, kept: Kept, given: Identity | undefined) {
    this.#site = site;
    this.#kept = kept;
    this.#identity = given;
  }

  /** Rejects with `token_expired` where the page has no token to give. */
  async auth(visible: boolean): Promise<VisitorAuth> {
    await this.#knownPerson();
    if (this.#identity && !this.#userToken) await this.renew();
    const visitorToken = this.#kept.read("visitor");
    return {
      protocol: PROTOCOL_VERSION,
      site: this.#site,
      device: { id: deviceId(this.#kept), label: deviceLabel(navigator.userAgent) },
      tab: this.#tab,
      visible,
      ...(visitorToken ? { visitorToken } : {}),
      ...(this.#userToken ? { userToken: this.#userToken } : {}),
    };
  }

  /** The site's page says who this is; resolves with the token. */
  async identify(identity: Identity): Promise<string> {
    this.#identity = identity;
    const token = await this.renew();
    this.#arrived();
    return token;
  }

  /** Another tab has the token already. */
  adopt(token: string): void {
    this.#userToken = token;
    this.#arrived();
  }

  /** Asks the site's page for a new token. */
  async renew(): Promise<string> {
    const token = this.#identity
      ? await Promise.race([this.#identity.getToken(), never(TOKEN_MS)]).catch(() => null)
      : null;
    if (typeof token !== "string") throw new Error("token_expired");
    this.#userToken = token;
    return token;
  }

  /** The token has ended: the next connection asks for a new one. False where no site's token was in use. */
  expire(): boolean {
    const had = this.#userToken !== undefined;
    this.#userToken = undefined;
    return had;
  }

  /** The site's page vouches for this person: they are not taken for nobody because a token has ended. */
  get named(): boolean {
    return this.#identity !== undefined;
  }

  learned(visitorToken: string | undefined, identified: boolean): void {
    // The visitor's token is kept: beside the site's it does no harm, and a merge that failed can still happen.
    this.#kept.write("who", identified ? "identified" : null);
    if (visitorToken) this.#kept.write("visitor", visitorToken);
  }

  forgetVisitor(): boolean {
    const had = this.#kept.read("visitor") !== null;
    this.#kept.write("visitor", null);
    return had;
  }

  wipe(): void {
    this.#identity = this.#userToken = undefined;
    this.#kept.write("visitor", null);
    this.#kept.write("who", null);
  }

  async #knownPerson(): Promise<void> {
    if (this.#identity || this.#userToken || this.#kept.read("who") !== "identified") return;
    await Promise.race([this.#arrival, new Promise((resolve) => setTimeout(resolve, KNOWN_PERSON_MS))]);
  }
}

function never(ms: number): Promise<never> {
  return new Promise((_, reject) => setTimeout(reject, ms, new Error("late")));
}
