import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "@playwright/test";
import { expect, test } from "../src/fixtures.ts";
import { expectNothingWider, expectNoViolations, MEDIA } from "../src/for-everybody.ts";

const repositoryFolder = fileURLToPath(new URL("../../..", import.meta.url));

/** Opens the page of nobody, as far as its end. */
async function openLanding(page: Page): Promise<void> {
  await page.goto("/");
  await page.getByRole("link", { name: "How it works" }).click();
  await expect(page.getByRole("heading", { name: "Run it yourself" })).toBeVisible();
}

test("D20: the page of nobody says how it works in a picture and three steps, one link below the button", async ({
  page,
}) => {
  const landing: string[] = [];
  page.on("request", (request) => {
    if (/landing.*\.js$/.test(request.url())) landing.push(request.url());
  });
  await page.goto("/");
  await expect(page.getByRole("button", { name: "Sign in", exact: true })).toBeInViewport({ ratio: 1 });
  expect(landing, "fetched before anybody looks").toEqual([]);
  await page.getByRole("link", { name: "How it works" }).click();
  const how = page.getByRole("region", { name: "How it works" });
  await expect(how.getByRole("heading", { name: "How it works" })).toBeInViewport();
  await expect(
    how.getByRole("figure", { name: /browser shows the ticket.*API with the token/ }),
  ).toBeVisible();
  await expect(how.getByRole("listitem")).toHaveCount(3);
});

test.describe("the command", () => {
  test.use({ permissions: ["clipboard-read", "clipboard-write"] });

  test("is copied by the keyboard alone, and a screen reader hears that it was", async ({ page }) => {
    await openLanding(page);
    const copy = page.getByRole("button", { name: "Copy the command" });
    await copy.focus();
    await page.keyboard.press("Enter");
    await expect(page.getByRole("status").filter({ hasText: "Copied." })).toBeVisible();
    const readme = readFileSync(join(repositoryFolder, "README.md"), "utf8");
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    expect(copied).not.toBe("");
    expect(readme).toContain(`${copied} `);
  });
});

test("the command is selected where the clipboard can't be used, and says so", async ({ page }) => {
  await page.addInitScript(() => {
    Object.defineProperty(navigator, "clipboard", {
      value: { writeText: () => Promise.reject(new DOMException("no", "NotAllowedError")) },
    });
  });
  await openLanding(page);
  await page.getByRole("button", { name: "Copy the command" }).click();
  await expect(page.getByRole("status").filter({ hasText: "Selected" })).toBeVisible();
  expect(await page.evaluate(() => String(getSelection()))).toBe("npx -y pnpm@12 start");
});

test("the demo's people named there can sign in", async ({ page, demo }) => {
  await openLanding(page);
  for (const { username, password, claims } of demo.users) {
    const person = page.getByText(claims.name, { exact: true }).locator("..");
    await expect(person).toContainText(username);
    await expect(person).toContainText(`password ${password}`);
  }
});

test("each link to docs and source opens what is in the repository, on this very origin", async ({
  page,
}) => {
  await openLanding(page);
  const links = page.getByRole("navigation", { name: "Source and docs" }).getByRole("link");
  const targets = await links.evaluateAll((all) => all.map((link) => link.getAttribute("href") ?? ""));
  expect(targets.length).toBeGreaterThanOrEqual(8);
  for (const target of targets) {
    const response = await page.request.get(target);
    expect(response.status(), target).toBe(200);
    expect(response.headers()["content-type"]).toBe("text/plain; charset=utf-8");
    const path = /^\/reading\/(.+)\.txt$/.exec(target)?.[1] ?? "";
    expect(await response.text()).toBe(readFileSync(join(repositoryFolder, path), "utf8"));
  }
});

test("a link's preview, the touch icon and the manifest are there, and as large as they say", async ({
  page,
}) => {
  await openLanding(page);
  const meta = (property: string) =>
    page.locator(`meta[property="${property}"]`).getAttribute("content", { timeout: 5_000 });
  const preview = await sizeOf(page, (await meta("og:image")) ?? "");
  expect(preview).toMatchObject({
    width: Number(await meta("og:image:width")),
    height: Number(await meta("og:image:height")),
  });
  expect(preview.bytes).toBeLessThan(150_000);
  expect((await meta("og:image:alt"))?.length).toBeGreaterThan(20);
  const touchIcon = await page.locator('link[rel="apple-touch-icon"]').getAttribute("href");
  expect(await sizeOf(page, touchIcon ?? "")).toMatchObject({ width: 180, height: 180 });
  const manifestUrl = (await page.locator('link[rel="manifest"]').getAttribute("href")) ?? "";
  const answer = await page.request.get(manifestUrl);
  expect(answer.headers()["content-type"]).toMatch(/^application\/manifest\+json/);
  const manifest = (await answer.json()) as { name: string; icons: { src: string; sizes: string }[] };
  expect(manifest.name).toBe("Coatcheck");
  for (const { src, sizes } of manifest.icons.filter(({ sizes }) => sizes !== "any")) {
    const { width, height } = await sizeOf(page, src);
    expect(`${width}x${height}`).toBe(sizes);
  }
});

for (const { name, ...media } of MEDIA) {
  test(`axe finds nothing on the whole page, and nothing is wider than the screen: ${name}`, async ({
    page,
  }) => {
    await page.emulateMedia(media);
    for (const viewport of [
      { width: 360, height: 740 },
      { width: 844, height: 390 },
      { width: 1280, height: 800 },
    ]) {
      await page.setViewportSize(viewport);
      await openLanding(page);
      await expectNoViolations(page);
      await expectNothingWider(page);
    }
  });
}

/** What the PNG itself says (its IHDR). */
async function sizeOf(page: Page, url: string): Promise<{ width: number; height: number; bytes: number }> {
  const response = await page.request.get(url);
  expect(response.headers()["content-type"]).toBe("image/png");
  const body = await response.body();
  return { width: body.readUInt32BE(16), height: body.readUInt32BE(20), bytes: body.length };
}
