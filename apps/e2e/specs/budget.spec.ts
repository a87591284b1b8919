import { gzipSync } from "node:zlib";
import type { Page } from "@playwright/test";
import { expect, test } from "../src/fixtures.ts";

const KB = 1024;
const SIGN_IN_BUDGET = 88 * KB;
const NOTES_BUDGET = 115 * KB;

test("the sign-in button works within 88 KB of gzipped JavaScript, the notes within 115 KB", async ({
  page,
  actions,
}, testInfo) => {
  const scripts = countScripts(page);
  await page.goto("/");
  await expect(page.getByRole("button", { name: "Sign in", exact: true })).toBeEnabled();
  const signIn = await scripts();
  await actions.signIn(page);
  await expect(page.getByText("Seat numbers")).toBeVisible();
  // The last part to come. Without this, it counts on a quick machine only.
  await expect(page.getByRole("button", { name: "Attach a file" })).toBeVisible();
  const notes = await scripts();
  testInfo.annotations.push({ type: "gzipped bytes", description: `sign-in ${signIn}, notes ${notes}` });
  console.log(
    `JavaScript, gzipped: ${(signIn / KB).toFixed(1)} KB to sign in, ${(notes / KB).toFixed(1)} KB to the notes`,
  );
  expect(signIn).toBeGreaterThan(0);
  expect(signIn).toBeLessThanOrEqual(SIGN_IN_BUDGET);
  expect(notes).toBeLessThanOrEqual(NOTES_BUDGET);
});

/** Each script once, by the size that gzip gives it; the provider's pages have none. */
function countScripts(page: Page): () => Promise<number> {
  const sizes = new Map<string, Promise<number>>();
  page.on("response", (response) => {
    const isScript = response.request().resourceType() === "script" && response.status() === 200;
    if (isScript)
      sizes.set(
        response.url(),
        response.body().then((body) => gzipSync(body).length),
      );
  });
  return async () => (await Promise.all(sizes.values())).reduce((sum, size) => sum + size, 0);
}
