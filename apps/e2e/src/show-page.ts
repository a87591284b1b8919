import { expect, type Locator, type Page } from "@playwright/test";

/** Runs a storm by its button; resolves with the place that shows its result, when it is over. */
export async function runStorm(page: Page, storm: string, timeout = 60_000): Promise<Locator> {
  await page.getByRole("button", { name: `Run ${storm}`, exact: true }).click();
  await expect(page.getByRole("button", { name: `Run ${storm}`, exact: true })).toBeVisible({ timeout });
  return stormResult(page, storm);
}

export function stormResult(page: Page, storm: string): Locator {
  return page.getByRole("status", { name: `Result of ${storm}` });
}
