import { expect, test } from "../../src/fixtures.ts";
import { openCounter } from "../../src/counter-page.ts";

// Ancestor: Flask `/menu`: prints the token and offers four actions.
test("Flask /menu: the counter offers the same four actions beside the ticket", async ({ page, actions }) => {
  await actions.signIn(page);
  await openCounter(page);
  await expect(page.getByRole("heading", { name: "The four moves" })).toBeVisible();
  for (const move of ["Profile", "Implicit refresh", "Explicit refresh", "Validate"]) {
    await expect(page.getByRole("button", { name: `Run ${move}` })).toBeVisible();
  }
  const ticket = page.getByRole("region", { name: "Your ticket" });
  await expect(ticket).toContainText("Ada Lindqvist");
  await expect(ticket).toContainText(String((await actions.session(page))["ticket"]));
});
