import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { buildWeb, startDemo } from "@coatcheck/demo";
import { chromium, type Browser } from "@playwright/test";
import { browserLaunch } from "./browser-launch.ts";
import { findBrowser } from "./find-browser.ts";

/**
 * `pnpm pictures`: draws what stands beside the page, from the page's own look: the picture of a link's preview, the touch
 * icon, the manifest's icons.
 */
const publicFolder = fileURLToPath(new URL("../../web/public", import.meta.url));
const ICONS = { "touch-icon": 180, "icon-192": 192, "icon-512": 512 } as const;

async function drawPreview(browser: Browser): Promise<void> {
  const demo = await startDemo({ ports: { app: 0, idp: 0, api: 0 } });
  const page = await browser.newPage({ viewport: { width: 1200, height: 630 }, colorScheme: "light" });
  await page.goto(demo.appUrl);
  await page.getByRole("button", { name: "Sign in", exact: true }).waitFor();
  await page.evaluate(async () => {
    await document.fonts.ready;
    // The grain of the paper would make most of the file.
    document.documentElement.style.setProperty("--grain", "none");
    // A picture has nothing to press.
    for (const part of document.querySelectorAll<HTMLElement>(".go, .foot, .lede"))
      part.style.display = "none";
    for (const paper of document.querySelectorAll<HTMLElement>(".over"))
      paper.style.insetBlockStart = "150px";
  });
  await page.screenshot({ path: join(publicFolder, "preview.png") });
  await page.close();
  await demo.stop();
}

/** The mark on loden, with room around it for masks of any shape. */
async function drawIcons(browser: Browser): Promise<void> {
  const mark = /<path[^>]*>/.exec(readFileSync(join(publicFolder, "favicon.svg"), "utf8"))?.[0] ?? "";
  for (const [name, size] of Object.entries(ICONS)) {
    const page = await browser.newPage({ viewport: { width: size, height: size } });
    await page.setContent(
      `<style>body{margin:0;background:#1f573e;display:grid;place-items:center;height:100vh}svg{width:62%}path{fill:#f3b8ab}</style><svg viewBox="0 0 32 32">${mark}</svg>`,
    );
    await page.screenshot({ path: join(publicFolder, `${name}.png`) });
    await page.close();
  }
}

const path = await findBrowser(process.env, (line) => console.log(line));
await buildWeb();
const browser = await chromium.launch(browserLaunch(path));
await drawPreview(browser);
await drawIcons(browser);
await browser.close();
