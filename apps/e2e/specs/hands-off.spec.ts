import { coatOf } from "../src/coat.ts";
import { expect, test } from "../src/fixtures.ts";

test("hands off for ninety seconds: the coat number moves, and the page calls by itself what it needs", async ({
  page,
  actions,
}) => {
  test.setTimeout(180_000);
  await actions.signIn(page);
  await expect(page.getByText("Seat numbers").first()).toBeVisible();
  const before = await coatOf(page);
  await expect.poll(() => coatOf(page), { timeout: 90_000 }).toBeGreaterThan(before);
});
