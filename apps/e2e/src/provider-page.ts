import type { Demo } from "@coatcheck/demo";
import type { Page } from "@playwright/test";

/** Signs in on the provider's own page, in whichever window it stands. */
export async function fillInAtProvider(page: Page, person: string): Promise<void> {
  await page.getByLabel("User name").fill(person);
  await page.getByLabel("Password").fill("ticket");
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

/** Signs out here and at the provider, and confirms it there; ends on our page again. */
export async function signOutEverywhere(
  page: Page,
  { appUrl, idpUrl }: Pick<Demo, "appUrl" | "idpUrl">,
): Promise<void> {
  await page.getByRole("button", { name: "Sign out", exact: true }).click();
  await page.getByRole("button", { name: "Sign out here and at the provider" }).click();
  await page.waitForURL(({ origin }) => origin === idpUrl);
  await page.getByRole("button", { name: "Sign out", exact: true }).click();
  await page.waitForURL(({ origin }) => origin === appUrl);
}
