import { expect, test } from "../../src/fixtures.ts";
import { runMove } from "../../src/counter-page.ts";

// Ancestor: Flask `/manual_refresh`.
test("Flask /manual_refresh: Explicit refresh makes one coat out of the last", async ({ page, actions }) => {
  await actions.signIn(page);
  const result = await runMove(page, "Explicit refresh");
  await expect(result).toContainText(/Coat \d+ became \d+/);
  const { generation } = await actions.session(page);
  await expect(page.getByRole("region", { name: "Your ticket" })).toContainText(
    `Coat number ${String(generation)}`,
  );
});
