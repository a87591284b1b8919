import { defineConfig, type PlaywrightTestConfig } from "@playwright/test";

const executablePath = process.env["CHROMIUM_PATH"];
const examples = new URL("../../../../packages/playwright/examples/", import.meta.url);
const { default: example } = (await import(new URL("playwright.config.ts", examples).href)) as {
  readonly default: PlaywrightTestConfig;
};

/** Runs the examples of `@coatcheck/playwright` as they stand, by their own configuration, against the app at `EXAMPLE_APP_URL`. */
export default defineConfig({
  ...example,
  testDir: examples.pathname,
  testMatch: ["ten-lines.ts", "save-sign-in.ts"],
  workers: 1,
  reporter: "line",
  use: {
    ...example.use,
    baseURL: process.env["EXAMPLE_APP_URL"] ?? "",
    browserName: "chromium",
    launchOptions: executablePath === undefined ? {} : { executablePath },
  },
  // The app is there already.
  webServer: [],
});
