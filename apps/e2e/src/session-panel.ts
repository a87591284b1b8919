import type { Locator, Page } from "@playwright/test";

/** The panel that asks something about the session. */
export function sessionPanel(page: Page): Locator {
  return page.getByRole("alertdialog");
}

/** Clicks the panel's main button and signs in, as that person, in the window that it opens. */
export async function signInFromPanel(page: Page, person = "ada"): Promise<void> {
  const [popup] = await Promise.all([
    page.waitForEvent("popup"),
    sessionPanel(page)
      .getByRole("button", { name: /^Sign in as/ })
      .click(),
  ]);
  await fillInAtProvider(popup, person);
  await popup.waitForEvent("close");
}

export async function fillInAtProvider(popup: Page, person: string): Promise<void> {
  await popup.getByLabel("User name").fill(person);
  await popup.getByLabel("Password").fill("ticket");
  await popup.getByRole("button", { name: "Sign in", exact: true }).click();
}

/** Where the caret is in the text that has the focus. */
export function caretOf(page: Page): Promise<{ label: string | null; at: number | null; value: string }> {
  return page.evaluate(() => {
    const focused = document.activeElement as HTMLTextAreaElement;
    return { label: focused.ariaLabel, at: focused.selectionStart, value: focused.value };
  });
}
