import type { Page } from "@playwright/test";
import { expect, test } from "../../src/fixtures.ts";
import { sessionPanel } from "../../src/session-panel.ts";
import { expectNothingWider, expectNoViolations } from "../../src/for-everybody.ts";

async function openSessions(page: Page) {
  await page.getByRole("button", { name: "Sign out", exact: true }).click();
  await page.getByRole("button", { name: "Your sessions" }).click();
  const dialog = page.getByRole("dialog", { name: "Your sessions" });
  await expect(dialog.getByText("This browser")).toBeVisible();
  return dialog;
}

test("a session is seen from another browser and ended there, by keyboard; the person's page stays", async ({
  page,
  actions,
}) => {
  await actions.signIn(page);
  const phone = await (await actions.newBrowser()).newPage();
  await actions.signIn(phone);
  await actions.signIn(await (await actions.newBrowser()).newPage(), "ines");
  const { ticket } = await actions.session(phone);

  const dialog = await openSessions(page);
  const rows = dialog.getByRole("listitem");
  // Those of earlier tests, too.
  const before = await rows.count();
  await dialog.getByRole("button", { name: `Sign out ticket ${String(ticket)}, Chrome on Linux` }).focus();
  await page.keyboard.press("Enter");
  await expect(
    dialog.getByRole("status").filter({ hasText: `Signed out: ticket ${String(ticket)}.` }),
  ).toBeVisible();
  await expect(rows).toHaveCount(before - 1);
  await expect(dialog.getByRole("heading")).toBeFocused();
  await expect(sessionPanel(phone)).toContainText("Your session was ended from elsewhere");
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await expect(page.getByRole("button", { name: "Sign out", exact: true })).toBeFocused();
  expect(await actions.session(page)).toMatchObject({ state: "active" });
});

test("signing out everywhere ends all of the person's sessions, and nobody else's", async ({
  page,
  actions,
}) => {
  await actions.signIn(page);
  const phone = await (await actions.newBrowser()).newPage();
  await actions.signIn(phone);
  const strangers = await (await actions.newBrowser()).newPage();
  await actions.signIn(strangers, "ines");
  const dialog = await openSessions(page);
  await dialog.getByRole("button", { name: "Sign out everywhere" }).click();
  await expect(page.getByRole("button", { name: "Sign in", exact: true })).toBeVisible();
  await expect(sessionPanel(phone)).toContainText("Your session was ended from elsewhere");
  expect(await actions.session(strangers)).toMatchObject({ state: "active" });
});

for (const colorScheme of ["light", "dark"] as const) {
  test.describe(`on a phone, ${colorScheme}`, () => {
    test.use({ colorScheme, viewport: { width: 360, height: 740 } });

    test("the list is within reach, fits, and has no violations that axe knows of", async ({
      page,
      actions,
    }) => {
      await actions.signIn(page);
      await actions.signIn(await (await actions.newBrowser()).newPage());
      await page.getByRole("button", { name: "More" }).click();
      await page.getByRole("button", { name: "Your sessions" }).click();
      const dialog = page.getByRole("dialog", { name: "Your sessions" });
      await expect(dialog.getByRole("button", { name: /^Sign out ticket/ }).first()).toBeVisible();
      await expectNothingWider(page);
      await expectNoViolations(page);
    });
  });
}
