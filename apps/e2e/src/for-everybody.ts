import { AxeBuilder } from "@axe-core/playwright";
import { expect, type Page } from "@playwright/test";

/** How people ask browsers to show pages. */
export const MEDIA = [
  { name: "light", colorScheme: "light" },
  { name: "dark", colorScheme: "dark" },
  { name: "forced colours", forcedColors: "active" },
  { name: "less motion", reducedMotion: "reduce" },
] as const;

/** Expects axe to find nothing on the page as it is. */
export async function expectNoViolations(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
}

/** Expects that nobody has to scroll sideways, once drawings have taken the width that they are given. */
export async function expectNothingWider(page: Page): Promise<void> {
  const tooWide = (): Promise<number> =>
    page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  await expect.poll(tooWide).toBeLessThanOrEqual(0);
}
