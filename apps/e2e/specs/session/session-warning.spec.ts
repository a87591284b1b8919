import { expect, test } from "../../src/fixtures.ts";
import { sessionPanel } from "../../src/session-panel.ts";

/** The shortest that the server takes; the page warns when half of it is left. */
test.use({ demoOptions: { environment: { SESSION_IDLE_SECONDS: "60" } } });

test("whoever hasn't moved is warned before the session ends, and stays signed in by one key", async ({
  page,
  actions,
}) => {
  test.setTimeout(150_000);
  await actions.signIn(page, "ada", "/counter");
  await expect(page.getByRole("heading", { name: "The counter" })).toBeVisible();
  const before = (await actions.session(page))["idleDeadline"] as number;
  await expect(sessionPanel(page)).toBeVisible({ timeout: 60_000 });
  await expect(sessionPanel(page)).toHaveAccessibleName("Still there?");
  await expect(sessionPanel(page)).toContainText(/You are signed out in \d+ s\./);
  await expect(page.getByRole("button", { name: "Stay signed in" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(sessionPanel(page)).toBeHidden();
  expect((await actions.session(page))["idleDeadline"]).toBeGreaterThan(before);
});
