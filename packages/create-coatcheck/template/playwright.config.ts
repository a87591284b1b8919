import { existsSync } from "node:fs";
import { chromium, defineConfig } from "@playwright/test";

process.loadEnvFile(".env");
const baseURL = process.env["PUBLIC_ORIGIN"] ?? "";

// Playwright's own browser (npx playwright install chromium), or else one of this machine.
const ofMachine = ["/usr/bin/chromium", "/usr/bin/google-chrome"].find((path) => existsSync(path));
const executablePath =
  process.env["CHROMIUM_PATH"] ?? (existsSync(chromium.executablePath()) ? undefined : ofMachine);

export default defineConfig({
  testDir: "e2e",
  use: { baseURL, ...(executablePath === undefined ? {} : { launchOptions: { executablePath } }) },
  webServer: { command: "npm start", url: `${baseURL}/readyz`, reuseExistingServer: true },
});
