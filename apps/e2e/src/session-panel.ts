import type { Locator, Page } from "@playwright/test";
import { fillInAtProvider } from "./provider-page.ts";

/** The panel that asks something about the session. */
export function sessionPanel(page: Page): Locator {
  return page.getByRole("alertdialog");
}

/** Clicks the panel's main button and signs in, as that person, in the window that it opens. */
export async function signInFromPanel(page: Page, person = "ada"): Promise<void> {
  const [popup] = await Promise.all([
    page.waitForEvent("popup"),
    sessionPanel(page)
      .getByRole("button", { name: /^Sign in (?:as|again)/ })
      .click(),
  ]);
  // Awaited from now on: the window closes itself, perhaps before the click is said to be done.
  const closed = popup.waitForEvent("close");
  await fillInAtProvider(popup, person);
  await closed;
}

/** Where the caret is in the text that has the focus. */
export function caretOf(page: Page): Promise<{ label: string | null; at: number | null; value: string }> {
  return page.evaluate(() => {
    const focused = document.activeElement as HTMLTextAreaElement;
    return { label: focused.ariaLabel, at: focused.selectionStart, value: focused.value };
  });
}

/**
 * Opens a note with its whole text chosen, so that the next keys replace it.
 *
 * Keys, as a person presses them, and never `fill`: the panel may come before the first one. Keys go to the text then, too,
 * while `fill` does nothing, without a word, to a text behind a modal dialog.
 */
export async function openToOverwrite(page: Page, title: string): Promise<void> {
  await page.getByText(title).first().click();
  await page.getByRole("textbox", { name: "Text" }).click();
  await page.keyboard.press("ControlOrMeta+A");
}
