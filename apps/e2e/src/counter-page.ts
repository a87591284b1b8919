import { expect, type Locator, type Page } from "@playwright/test";

export type Move = "Profile" | "Implicit refresh" | "Explicit refresh" | "Validate";

/** Opens the counter and runs a move; resolves with the place that shows its result. */
export async function runMove(page: Page, move: Move): Promise<Locator> {
  await openCounter(page);
  const result = page.getByRole("status", { name: `Result of ${move}` });
  await page.getByRole("button", { name: `Run ${move}` }).click();
  await expect(result).not.toHaveText("Not run yet.");
  await expect(page.getByRole("button", { name: `Run ${move}`, exact: true })).toBeVisible();
  return result;
}

/** Goes to the counter by its link, as a person would. */
export async function openCounter(page: Page): Promise<void> {
  if (new URL(page.url()).pathname === "/counter") return;
  await page.getByRole("navigation", { name: "Main" }).getByRole("link", { name: "Counter" }).click();
  await expect(page.getByRole("heading", { name: "The counter" })).toBeVisible();
}
