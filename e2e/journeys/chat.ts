/** The widget as a person meets it on a page: by roles and names, and by what is written. */
import type { Locator, Page } from "@playwright/test";
import { expect } from "./expecting.ts";

const draftSet = (text: string) => `"draft:set",{"text":${JSON.stringify(text)}}`;

export class Chat {
  readonly page: Page;
  readonly launcher: Locator;
  readonly panel: Locator;
  readonly composer: Locator;
  /** What I have said, what was answered, in the order shown. */
  readonly mine: Locator;
  readonly theirs: Locator;
  readonly banner: Locator;
  readonly chips: Locator;
  /** In the composer's place, where another device has the chat. */
  readonly elsewhere: Locator;
  readonly continueHere: Locator;
  /** «Continue, or start new?», in the log's place. */
  readonly offer: Locator;
  readonly greeting: Locator;
  readonly #frames = new Set<(frame: string) => void>();

  constructor(page: Page) {
    page.on("websocket", (socket) => {
      const hear = ({ payload }: { payload: string | Buffer }) => {
        for (const tell of this.#frames) tell(String(payload));
      };
      socket.on("framesent", hear);
      socket.on("framereceived", hear);
    });
    this.page = page;
    this.launcher = page.getByRole("button", { name: /^Open chat/ });
    this.panel = page.getByRole("dialog");
    this.composer = page.getByRole("textbox", { name: "Your message" });
    this.mine = page.locator('baton-widget .line[data-mine="true"] .bubble');
    this.theirs = page.locator('baton-widget [role="log"] .line[data-mine="false"] .bubble');
    this.banner = page.locator("baton-widget .banner");
    this.chips = page.locator("baton-widget .chip");
    this.elsewhere = page.locator("baton-widget .elsewhere");
    this.offer = page.locator("baton-widget .offer");
    this.greeting = page.locator("baton-widget .greeting");
    this.continueHere = this.elsewhere.getByRole("button", { name: "Continue here" });
  }

  async visit(url: string): Promise<void> {
    await this.page.goto(url);
    await expect(this.launcher).toBeVisible();
  }

  /** Before the visit: the chat's socket goes this way, whatever way the page comes. */
  async goThrough({ url }: { url: string }): Promise<void> {
    await this.page.addInitScript((gateway) => Object.assign(window, { BatonSettings: { gateway } }), url);
  }

  /** Types, and resolves when the gateway has it. */
  async draft(text: string): Promise<void> {
    let id = "none yet";
    const kept = this.#frame((frame) => {
      if (frame.includes(draftSet(text))) id = /^42\/visitor,(\d+)/.exec(frame)?.[1] ?? id;
      return frame.startsWith(`43/visitor,${id}[`);
    });
    await this.composer.fill(text);
    await kept;
  }

  /** Types, and resolves when the page has told of it, whether or not that arrives. */
  async draftUnheard(text: string): Promise<void> {
    const sent = this.#frame((frame) => frame.includes(draftSet(text)));
    await this.composer.fill(text);
    await sent;
  }

  /** The next one like this, in either direction. */
  #frame(isIt: (frame: string) => boolean): Promise<string> {
    return new Promise((resolve) => {
      this.#frames.add((frame) => isIt(frame) && resolve(frame));
    });
  }

  async open(): Promise<void> {
    await this.launcher.click();
    await expect(this.composer).toBeVisible();
  }

  /** At the demo's shop. */
  async signIn(user: string): Promise<void> {
    await this.page.getByRole("textbox", { name: "Test user" }).fill(user);
    await this.page.getByRole("button", { name: "Sign in" }).click();
    await expect(this.page.getByText(`Signed in as ${user}`)).toBeAttached();
  }

  /** The chat of somebody who is signed in, opened where another device may have it. */
  async openAs(user: string, url: string): Promise<void> {
    await this.visit(url);
    await this.signIn(user);
    await this.launcher.click();
    await expect(this.panel).toBeVisible();
  }

  /** The chat of somebody who is signed in and has it nowhere else: they say Hi, and are answered. */
  async beginAs(user: string, url: string): Promise<void> {
    await this.openAs(user, url);
    await this.say("Hi");
    await this.answered("Hello!");
  }

  /**
   * On a page whose clock was taken over: every tick of this time is taken. No ping comes in it, and a try to connect has not
   * the time that it waits for: so there is no network until it is over, and then there is a line again.
   */
  async pass(ms: number): Promise<void> {
    const network = this.page.context();
    await network.setOffline(true);
    await this.page.clock.runFor(ms);
    await network.setOffline(false);
    await expect.poll(() => this.#line()).toBe("up");
  }

  #line(): Promise<string> {
    return this.page.evaluate(async () => {
      const { Baton } = window as unknown as { Baton: (verb: "getState") => Promise<{ connection: string }> };
      return (await Baton("getState")).connection;
    });
  }

  banners(name: string): Locator {
    return this.banner.getByRole("button", { name });
  }

  /** «Continue here», and it is here. */
  async take(): Promise<void> {
    await this.continueHere.click();
    await expect(this.composer).toBeVisible();
  }

  async say(text: string): Promise<void> {
    await this.composer.fill(text);
    await this.composer.press("Enter");
  }

  /** The person looks at something else; headless pages are always seen. */
  async hide(): Promise<void> {
    await this.#show("hidden");
  }

  async lookAt(): Promise<void> {
    await this.#show("visible");
  }

  async #show(state: DocumentVisibilityState): Promise<void> {
    await this.page.evaluate((value) => {
      Object.defineProperty(document, "visibilityState", { configurable: true, get: () => value });
      document.dispatchEvent(new Event("visibilitychange"));
    }, state);
  }

  /** Nothing is under way any more. */
  async everythingSent(): Promise<void> {
    await expect(this.page.locator("baton-widget .line[data-state]")).toHaveCount(0);
  }

  async answered(words: string | RegExp): Promise<void> {
    await expect(this.theirs.filter({ hasText: words }).last()).toBeVisible({ timeout: 15_000 });
  }
}
