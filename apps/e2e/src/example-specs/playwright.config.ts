import { defineConfig } from "@playwright/test";

const executablePath = process.env["CHROMIUM_PATH"];

/** Runs the examples of `@coatcheck/playwright` as they stand, against the app at `EXAMPLE_APP_URL`. */
export default defineConfig({
  testDir: "../../../../packages/playwright/examples",
  testMatch: ["ten-lines.ts", "save-sign-in.ts"],
  workers: 1,
  reporter: "line",
  use: {
    baseURL: process.env["EXAMPLE_APP_URL"] ?? "",
    browserName: "chromium",
    launchOptions: executablePath === undefined ? {} : { executablePath },
  },
});
