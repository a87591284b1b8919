import { BFF_PATHS } from "@coatcheck/contract";
import type { Page } from "@playwright/test";
import type { CoatcheckOptions, Credentials } from "./coatcheck-options.ts";
import { CoatcheckTestError } from "./coatcheck-test-error.ts";

/** Signs in on the development provider's page, in whichever window it stands. */
export async function fillInAtDevIdp(page: Page, { username, password }: Credentials): Promise<void> {
  await page.getByLabel("User name").fill(username);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
}

/**
 * Leads a page through the provider's own pages, and back to `path` of the app.
 *
 * @throws {CoatcheckTestError} `sign_in_failed`
 */
export async function leadThroughSignIn(
  page: Page,
  appUrl: string,
  credentials: Credentials,
  { path, fillIn }: { readonly path: string; readonly fillIn: NonNullable<CoatcheckOptions["fillIn"]> },
): Promise<void> {
  await page.goto(`${appUrl}${BFF_PATHS.login}?prompt=login&returnTo=${encodeURIComponent(path)}`);
  await fillIn(page, credentials);
  try {
    await page.waitForURL(({ origin, pathname }) => origin === appUrl && pathname !== BFF_PATHS.callback);
  } catch (cause) {
    throw new CoatcheckTestError(
      "sign_in_failed",
      `After ${credentials.username} signed in the browser is at ${new URL(page.url()).origin}, not at ${appUrl}: are name and password right, and does fillIn go to the end of the provider's pages?`,
      { cause },
    );
  }
}
