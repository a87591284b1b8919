import { expect, test } from "../../src/fixtures.ts";
import { expectNothingWider, expectNoViolations, MEDIA } from "../../src/for-everybody.ts";

test("axe finds nothing on the whole show, and nothing is wider than the screen, however people ask to see it", async ({
  page,
  actions,
}) => {
  test.slow();
  await actions.signIn(page, "ada", "/counter");
  await page.getByRole("button", { name: "Run side by side", exact: true }).click();
  await expect(page.getByText("Session lost")).toBeVisible({ timeout: 40_000 });
  for (const { name, ...media } of MEDIA) {
    await test.step(name, async () => {
      await page.emulateMedia({ colorScheme: null, forcedColors: null, reducedMotion: null, ...media });
      await page.setViewportSize({ width: 1280, height: 800 });
      await expectNoViolations(page);
      await page.getByRole("button", { name: "Read as table" }).click();
      await page.setViewportSize({ width: 360, height: 740 });
      await expectNoViolations(page);
      for (const width of [360, 844, 1280]) {
        await page.setViewportSize({ width, height: 740 });
        await expectNothingWider(page);
      }
      await page.getByRole("button", { name: "Show as drawing" }).click();
      for (const width of [360, 844, 1280]) {
        await page.setViewportSize({ width, height: 740 });
        await expectNothingWider(page);
      }
    });
  }
});
