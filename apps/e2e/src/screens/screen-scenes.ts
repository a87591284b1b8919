import { fileURLToPath } from "node:url";
import type { Demo } from "@coatcheck/demo";
import { expect, type Page } from "@playwright/test";
import { fillInAtProvider } from "../provider-page.ts";

/** Where the pictures are kept. */
export const SCREEN_FOLDER = fileURLToPath(new URL("../../../../docs/screenshots", import.meta.url));

/** Brings a page to what a picture shows. */
export type ScreenScene = (stage: { page: Page; demo: Demo }) => Promise<void>;

async function signIn(page: Page, path = "/"): Promise<void> {
  await page.goto(path);
  await page.getByRole("button", { name: "Sign in", exact: true }).click();
  await fillInAtProvider(page, "ada");
  await expect(page.getByRole("navigation", { name: "Main" })).toBeVisible();
}

/** The last part of the page to come; on a phone, the list of notes stands alone. */
async function filesAreThere(page: Page): Promise<void> {
  if (await page.getByRole("textbox", { name: "Text" }).isVisible())
    await expect(page.getByRole("button", { name: "Attach a file" })).toBeVisible();
}

/** What each picture shows. */
export const SCREEN_SCENES: Readonly<Record<string, ScreenScene>> = {
  async "signed-out"({ page }) {
    await page.goto("/");
    await expect(page.getByRole("button", { name: "Sign in", exact: true })).toBeVisible();
  },
  async notes({ page }) {
    await signIn(page);
    await expect(page.getByText("Seat numbers")).toBeVisible();
    await filesAreThere(page);
  },
  async note({ page }) {
    await signIn(page);
    await page.getByText("Seat numbers").first().click();
    await expect(page.getByRole("textbox", { name: "Title" })).toHaveValue("Seat numbers");
    await filesAreThere(page);
  },
  async counter({ page }) {
    await signIn(page, "/counter");
    await expect(page.getByRole("button", { name: "Run Validate" })).toBeVisible();
    // The page sends one call by itself, and is longer once it is back.
    await expect(page.getByRole("status", { name: "The call" })).not.toHaveText("Sending one.");
  },
  async "side-by-side"({ page }) {
    await signIn(page, "/counter");
    await page.getByRole("button", { name: "Run side by side", exact: true }).click();
    await expect(page.getByText("Session lost")).toBeVisible({ timeout: 40_000 });
    await page.getByRole("heading", { name: "Side by side" }).scrollIntoViewIfNeeded();
    await page.getByText("Counted by the provider.").scrollIntoViewIfNeeded();
  },
  async "sign-in-again"({ page, demo }) {
    await signIn(page, "/");
    await page.getByText("Seat numbers").first().click();
    await filesAreThere(page);
    await demo.control.sendBackchannelLogout({ user: "ada" });
    await page
      .getByRole("textbox", { name: "Text" })
      .fill("Row 14, 22 to 25. Aisle for Jonas.\n\nCoats before");
    await expect(page.getByRole("alertdialog").getByRole("button", { name: /Sign in as/ })).toBeFocused();
  },
};
