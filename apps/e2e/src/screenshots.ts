import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildWeb, isWebBuildStale, startDemo } from "@coatcheck/demo";
import { chromium } from "@playwright/test";
import { findBrowser } from "./find-browser.ts";
import { SCENES } from "./screenshot-scenes.ts";

/**
 * `pnpm screenshots [folder] [filter]`: pictures of the main screens, light and dark, at four sizes. The filter is a regular
 * expression over names such as `notes-phone-dark`.
 */
const SIZES = {
  phone: { width: 390, height: 844 },
  landscape: { width: 844, height: 390 },
  laptop: { width: 1280, height: 800 },
  wide: { width: 1920, height: 1080 },
} as const;
const SCHEMES = ["light", "dark"] as const;

const [folder = fileURLToPath(new URL("../../../docs/screenshots", import.meta.url)), filter = "."] =
  process.argv.slice(2);
const wanted = new RegExp(filter);
const path = await findBrowser(process.env, (line) => console.log(line));
if (await isWebBuildStale()) await buildWeb();
mkdirSync(folder, { recursive: true });
const browser = await chromium.launch(path === undefined ? {} : { executablePath: path });

for (const [scene, show] of Object.entries(SCENES)) {
  for (const [size, viewport] of Object.entries(SIZES)) {
    for (const colorScheme of SCHEMES) {
      const name = `${scene}-${size}-${colorScheme}`;
      if (!wanted.test(name)) continue;
      const demo = await startDemo({ ports: { app: 0, idp: 0, api: 0 } });
      const context = await browser.newContext({
        viewport,
        colorScheme,
        baseURL: demo.appUrl,
        reducedMotion: "reduce",
        ...(size === "phone" || size === "landscape" ? { hasTouch: true, isMobile: true } : {}),
      });
      const page = await context.newPage();
      await show({ page, demo });
      await page.evaluate(() => document.fonts.ready);
      await page.screenshot({ path: join(folder, `${name}.png`) });
      await context.close();
      await demo.stop();
      console.log(name);
    }
  }
}
await browser.close();
