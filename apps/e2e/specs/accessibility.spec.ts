import type { Page } from "@playwright/test";
import { expect, test } from "../src/fixtures.ts";
import { expectNothingWider, expectNoViolations } from "../src/for-everybody.ts";

test.use({
  allowed: { console: /Failed to load resource: the server responded with a status of 422/ },
});

const SIZES = [
  { name: "phone", width: 360, height: 740 },
  { name: "laptop", width: 1440, height: 900 },
] as const;

for (const colorScheme of ["light", "dark"] as const) {
  for (const { name, ...viewport } of SIZES) {
    test.describe(`${name}, ${colorScheme}`, () => {
      test.use({ colorScheme, viewport });

      test("has no violations that axe knows of, signed out and signed in", async ({ page, actions }) => {
        await page.goto("/");
        await expect(page.getByRole("button", { name: "Sign in", exact: true })).toBeVisible();
        await expectNoViolations(page);
        await actions.signIn(page);
        await expect(page.getByText("Seat numbers")).toBeVisible();
        await expectNoViolations(page);
        await page.goto("/counter");
        await expect(page.getByRole("button", { name: "Run Validate" })).toBeVisible();
        await expectNoViolations(page);
      });

      test("files of a note, a failed upload and the question before all notes are deleted have none either", async ({
        page,
        actions,
      }) => {
        await actions.signIn(page);
        await page.getByText("Seat numbers").first().click();
        await page.route("**/api/files?*", (route) =>
          route.request().method() === "POST" && route.request().url().includes("refused")
            ? route.fulfill({ status: 422, body: "{}" })
            : route.fallback(),
        );
        for (const name of ["plan.bin", "refused.bin"]) {
          const [chooser] = await Promise.all([
            page.waitForEvent("filechooser"),
            page.getByRole("button", { name: "Attach a file" }).click(),
          ]);
          await chooser.setFiles({
            name,
            mimeType: "application/octet-stream",
            buffer: Buffer.from("coats"),
          });
        }
        await expect(page.getByRole("link", { name: "plan.bin" })).toBeVisible();
        await expect(page.getByText("Not uploaded: the notes service did not take it.")).toBeVisible();
        await expectNoViolations(page);
        await page.goto("/");
        await page.getByRole("button", { name: "Delete all", exact: true }).click();
        await expect(page.getByRole("dialog", { name: "Delete all notes" })).toBeVisible();
        await expectNoViolations(page);
      });

      test("nothing is wider than the screen", async ({ page, actions }) => {
        await actions.signIn(page);
        for (const path of ["/", "/counter"]) {
          await page.goto(path);
          await expect(page.getByRole("navigation", { name: "Main" })).toBeVisible();
          await expectNothingWider(page);
        }
      });
    });
  }
}

test("the keyboard alone signs in, opens a note and signs out", async ({ page, demo, actions }) => {
  await page.goto("/");
  const signIn = page.getByRole("button", { name: "Sign in", exact: true });
  await expect(signIn).toBeVisible();
  await tabTo(page, "Sign in");
  await page.keyboard.press("Enter");
  await expect(page.getByLabel("User name")).toBeFocused();
  await page.keyboard.type("ada");
  await page.keyboard.press("Tab");
  await page.keyboard.type("ticket");
  await page.keyboard.press("Enter");
  await page.waitForURL((url) => url.origin === demo.appUrl);
  await expect(page.getByText("Seat numbers")).toBeVisible();
  await tabTo(page, "Winter reading");
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("textbox", { name: "Title" })).toHaveValue(/Questions for the lighting plan/);
  await tabTo(page, "Sign out");
  await page.keyboard.press("Enter");
  await tabTo(page, "Sign out here");
  await page.keyboard.press("Enter");
  await expect(signIn).toBeVisible();
  expect((await actions.session(page))["state"]).toBe("anonymous");
});

/** Presses Tab until the focus is on something whose text begins so. */
async function tabTo(page: Page, text: string): Promise<void> {
  for (let presses = 0; presses < 60; presses += 1) {
    const focused = await page.evaluate(() => document.activeElement?.textContent?.trim() ?? "");
    if (focused.startsWith(text)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error(`Tab never came to "${text}"`);
}
