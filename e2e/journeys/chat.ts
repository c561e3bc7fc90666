/** The widget as a person meets it on a page: by roles and names, and by what is written. */
import type { Locator, Page } from "@playwright/test";
import { expect } from "./expecting.ts";

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

  constructor(page: Page) {
    this.page = page;
    this.launcher = page.getByRole("button", { name: /^Open chat/ });
    this.panel = page.getByRole("dialog");
    this.composer = page.getByRole("textbox", { name: "Your message" });
    this.mine = page.locator('baton-widget .line[data-mine="true"] .bubble');
    this.theirs = page.locator('baton-widget [role="log"] .line[data-mine="false"] .bubble');
    this.banner = page.locator("baton-widget .banner");
    this.chips = page.locator("baton-widget .chip");
  }

  async visit(url: string): Promise<void> {
    await this.page.goto(url);
    await expect(this.launcher).toBeVisible();
  }

  async open(): Promise<void> {
    await this.launcher.click();
    await expect(this.composer).toBeVisible();
  }

  async say(text: string): Promise<void> {
    await this.composer.fill(text);
    await this.composer.press("Enter");
  }

  /** Nothing is under way any more. */
  async everythingSent(): Promise<void> {
    await expect(this.page.locator("baton-widget .line[data-state]")).toHaveCount(0);
  }

  async answered(words: string | RegExp): Promise<void> {
    await expect(this.theirs.filter({ hasText: words }).last()).toBeVisible({ timeout: 15_000 });
  }
}
