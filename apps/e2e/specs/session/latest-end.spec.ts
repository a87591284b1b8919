import { expect, test } from "../../src/fixtures.ts";
import { sessionPanel } from "../../src/session-panel.ts";

/** The page warns two minutes before the latest end; the idle limit is as late, and warns later. */
test.use({ demoOptions: { environment: { SESSION_ABSOLUTE_SECONDS: "130", SESSION_IDLE_SECONDS: "130" } } });

test("who works on up to the ticket's latest end is warned, and goes on with a new ticket without an interruption", async ({
  page,
  actions,
}) => {
  test.setTimeout(150_000);
  await actions.signIn(page);
  const first = (await actions.session(page)) as { absoluteDeadline: number; ticket: string };
  await actions.newNote(page, "Written up to the last minute");
  await expect(sessionPanel(page)).toBeVisible({ timeout: 60_000 });
  await expect(sessionPanel(page)).toHaveAccessibleName("This ticket ends soon");
  await expect(sessionPanel(page)).toContainText(/It is good until \d\d:\d\d, whatever you do\./);
  await expect(sessionPanel(page).getByRole("button", { name: "Sign in as Ada" })).toBeFocused();

  // Who puts it off keeps a way to it in view, and is asked no second time.
  await sessionPanel(page).getByRole("button", { name: "Later" }).click();
  await expect(page.getByText(/This ticket ends at \d\d:\d\d\./)).toBeVisible();
  await expect(page.getByRole("textbox", { name: "Title" })).toHaveValue("Written up to the last minute");
  await page.getByRole("button", { name: "Sign in again" }).click();
  await expect(sessionPanel(page)).toHaveAccessibleName("This ticket ends soon");
  // The provider still knows who is there: its window closes by itself, and nobody types a password.
  await sessionPanel(page).getByRole("button", { name: "Sign in as Ada" }).click();
  await expect(sessionPanel(page)).toBeHidden();
  await expect(page.getByText(/This ticket ends at/)).toBeHidden();
  const next = (await actions.session(page)) as { absoluteDeadline: number; ticket: string };
  expect(next.absoluteDeadline).toBeGreaterThan(first.absoluteDeadline);
  expect(next.ticket).not.toBe(first.ticket);
  expect((await actions.call(page, "/api/notes?limit=100")).body).toContain("Written up to the last minute");
});
