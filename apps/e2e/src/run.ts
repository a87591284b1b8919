import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { buildWeb, isWebBuildStale } from "@coatcheck/demo";
import { findBrowser } from "./find-browser.ts";

/** `pnpm test:e2e [playwright arguments]`: finds a browser, builds the page if it is stale, then runs the browser specs. */
const browser = await findBrowser(process.env, (line) => console.log(line));
if (await isWebBuildStale()) await buildWeb();
const cli = createRequire(import.meta.url).resolve("@playwright/test/cli");
const run = spawnSync(process.execPath, [cli, "test", ...process.argv.slice(2)], {
  cwd: fileURLToPath(new URL("../../..", import.meta.url)),
  stdio: "inherit",
  env: browser === undefined ? process.env : { ...process.env, CHROMIUM_PATH: browser },
});
process.exit(run.status ?? 1);
