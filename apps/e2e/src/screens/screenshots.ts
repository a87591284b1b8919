import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildWeb, isWebBuildStale, startDemo } from "@coatcheck/demo";
import { chromium } from "@playwright/test";
import { browserLaunch } from "../browser-launch.ts";
import { findBrowser } from "../find-browser.ts";
import { forgetNotes } from "../forget-notes.ts";
import { shrinkPicture } from "./compare-pictures.ts";
import { drawScreens } from "./draw-screens.ts";
import { SCREEN_FOLDER, SCREEN_SCENES } from "./screen-scenes.ts";
import { screenContext, screenName, SCREEN_SIZES, type ScreenSize } from "./screen-sizes.ts";

/**
 * `pnpm screenshots [filter] [folder]`: pictures of the main screens, light and dark, at four sizes. The filter is a regular
 * expression over names such as `notes-phone`.
 */
const [filter = ".", folder = SCREEN_FOLDER] = process.argv.slice(2);
const wanted = new RegExp(filter);
const path = await findBrowser(process.env, (line) => console.log(line));
if (await isWebBuildStale()) await buildWeb();
mkdirSync(folder, { recursive: true });
const browser = await chromium.launch(browserLaunch(path));
const demo = await startDemo({ ports: { app: 0, idp: 0, api: 0 } });

for (const [scene, show] of Object.entries(SCREEN_SCENES)) {
  for (const size of Object.keys(SCREEN_SIZES) as ScreenSize[]) {
    if (!wanted.test(`${scene}-${size}`)) continue;
    forgetNotes(demo);
    await demo.control.reset();
    const context = await browser.newContext({ ...screenContext(size), baseURL: demo.appUrl });
    const page = await context.newPage();
    await show({ page, demo });
    for (const { scheme, png } of await drawScreens(page)) {
      const picture = shrinkPicture(png);
      writeFileSync(join(folder, `${screenName(scene, size, scheme)}.png`), picture);
      console.log(`${screenName(scene, size, scheme)}: ${Math.round(picture.length / 1024)} KB`);
    }
    await context.close();
  }
}
await demo.stop();
await browser.close();
