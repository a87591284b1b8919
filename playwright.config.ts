import { defineConfig } from "@playwright/test";
import { browserLaunch } from "./apps/e2e/src/browser-launch.ts";

/** Each worker starts a demo of its own on free ports (`apps/e2e/src/fixtures.ts`), so nothing is shared and nothing is reused. */
export default defineConfig({
  testDir: "apps/e2e/specs",
  outputDir: "test-results",
  fullyParallel: false,
  // One more than the cores of a small machine: specs wait for pages, tokens and time.
  workers: 3,
  forbidOnly: true,
  // In a whole run a failure that doesn't repeat is told apart from one that does: `pnpm test` names both.
  retries: process.env["E2E_REPORT_FILE"] ? 1 : 0,
  timeout: 90_000,
  expect: { timeout: 15_000 },
  reporter: process.env["E2E_REPORT_FILE"]
    ? [["list"], ["json", { outputFile: process.env["E2E_REPORT_FILE"] }]]
    : [["list"]],
  use: {
    browserName: "chromium",
    launchOptions: browserLaunch(process.env["CHROMIUM_PATH"]),
    // A whole run takes a sixth longer with traces; who looks into a failure runs its spec alone.
    trace: process.env["E2E_REPORT_FILE"] ? "off" : "retain-on-failure",
    screenshot: "only-on-failure",
    video: "off",
  },
});
