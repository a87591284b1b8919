import { spawnSync } from "node:child_process";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { buildWeb, isWebBuildStale } from "@coatcheck/demo";
import { findBrowser } from "./find-browser.ts";

/** `pnpm test:e2e [playwright arguments]`: finds a browser, builds the page if it is stale, then runs the browser specs. */
const browser = await findBrowser(process.env, (line) => console.log(line));
if (await isWebBuildStale()) await buildWeb();
const preload = `--import=${new URL("remember-localhost.ts", import.meta.url).href}`;
const cli = createRequire(import.meta.url).resolve("@playwright/test/cli");
const run = spawnSync(process.execPath, [cli, "test", ...process.argv.slice(2)], {
  cwd: fileURLToPath(new URL("../../..", import.meta.url)),
  stdio: "inherit",
  env: {
    ...process.env,
    NODE_OPTIONS: [process.env["NODE_OPTIONS"], preload].filter(Boolean).join(" "),
    ...(browser === undefined ? {} : { CHROMIUM_PATH: browser }),
  },
});
process.exit(run.status ?? 1);
