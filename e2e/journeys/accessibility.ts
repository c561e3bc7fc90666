/** Axe over the widget as it stands. With BATON_SHOTS=<folder>, a picture of each state too, for people who judge them. */
import { join } from "node:path";
import { AxeBuilder } from "@axe-core/playwright";
import { type Page, test } from "@playwright/test";
import { expect } from "./expecting.ts";

export async function expectAccessible(page: Page, state: string): Promise<void> {
  const folder = process.env.BATON_SHOTS;
  if (folder) await page.screenshot({ path: join(folder, `${state} ${test.info().title.split(", ").at(-1)}.png`) });
  const { violations } = await new AxeBuilder({ page }).include("baton-widget").analyze();
  const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(" ")}`);
  expect(found, state).toEqual([]);
}
