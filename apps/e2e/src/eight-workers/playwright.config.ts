import { defineConfig } from "@playwright/test";
import { readVisitSettings } from "./visit-settings.ts";

const { appUrl, stateFile, workers } = readVisitSettings();
const executablePath = process.env["CHROMIUM_PATH"];

/** As Playwright's documentation has it: one project signs in and saves the state, all others begin with it. */
export default defineConfig({
  testDir: ".",
  fullyParallel: true,
  workers,
  retries: 0,
  timeout: 120_000,
  expect: { timeout: 30_000 },
  reporter: [["json"]],
  use: {
    baseURL: appUrl,
    browserName: "chromium",
    launchOptions: executablePath === undefined ? {} : { executablePath },
    video: "off",
  },
  projects: [
    { name: "sign-in", testMatch: "save-sign-in.ts" },
    { name: "visits", testMatch: "visit.ts", dependencies: ["sign-in"], use: { storageState: stateFile } },
  ],
});
