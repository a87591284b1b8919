import { AxeBuilder } from "@axe-core/playwright";
import { expect, test } from "../../src/fixtures.ts";

for (const { name, ...media } of [
  { name: "light", colorScheme: "light" },
  { name: "dark", colorScheme: "dark" },
  { name: "forced colours", forcedColors: "active" },
  { name: "less motion", reducedMotion: "reduce" },
] as const) {
  test(`axe finds nothing on the whole show, and nothing is wider than the screen: ${name}`, async ({
    page,
    actions,
  }) => {
    await page.emulateMedia(media);
    await actions.signIn(page, "ada", "/counter");
    await page.getByRole("button", { name: "Run side by side", exact: true }).click();
    await expect(page.getByText("Session lost")).toBeVisible({ timeout: 40_000 });
    const check = async () => {
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
    };
    await page.setViewportSize({ width: 1280, height: 800 });
    await check();
    await page.getByRole("button", { name: "Read as table" }).click();
    await page.setViewportSize({ width: 360, height: 740 });
    await check();
    for (const width of [360, 844, 1280]) {
      await page.setViewportSize({ width, height: 740 });
      for (const view of ["Show as drawing", "Read as table"]) {
        await page.getByRole("button", { name: view }).click();
        expect(
          await page.evaluate(() => document.documentElement.scrollWidth - innerWidth),
        ).toBeLessThanOrEqual(0);
      }
    }
  });
}
