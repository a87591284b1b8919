import type { CoatcheckFixtures } from "@coatcheck/playwright";
import { defineConfig } from "@playwright/test";

export default defineConfig<CoatcheckFixtures>({
  use: { baseURL: "http://localhost:3000" },
  webServer: { command: "npm start", url: "http://localhost:3000/readyz" },
});
