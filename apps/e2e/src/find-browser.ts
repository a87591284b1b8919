import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "@playwright/test";
import { browserLaunch } from "./browser-launch.ts";
import { unpackPackagedChromium } from "./packaged-chromium.ts";

const KNOWN_SHELLS = ["/usr/bin/chromium-headless-shell"];
const KNOWN_BROWSERS = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  String.raw`C:\Program Files\Google\Chrome\Application\chrome.exe`,
  String.raw`C:\Program Files (x86)\Google\Chrome\Application\chrome.exe`,
];

/** Thrown when no browser can be found or installed; the message says what to install. */
export class BrowserNotFoundError extends Error {
  override readonly name = "BrowserNotFoundError";
}

/**
 * Finds a Chromium that starts: `CHROMIUM_PATH`, Playwright's own, a headless shell (of the system, or the packaged one on
 * Linux x64), a whole browser of the system, then Playwright's download. Shells first: the specs take 0.6 times as long in
 * them.
 *
 * @param say gets a line for each step that takes long.
 * @returns an executable path, or `undefined` for Playwright's own browser.
 * @throws {BrowserNotFoundError} with what to install.
 */
export async function findBrowser(
  environment: Readonly<Record<string, string | undefined>>,
  say: (line: string) => void,
): Promise<string | undefined> {
  const chosen = environment["CHROMIUM_PATH"];
  if (chosen) {
    if (await starts(chosen)) return chosen;
    throw new BrowserNotFoundError(
      `CHROMIUM_PATH names ${chosen}, which doesn't start. Name another or unset it.`,
    );
  }
  if (isExecutable(chromium.executablePath()) && (await starts(undefined))) return undefined;
  for (const path of KNOWN_SHELLS) if (isExecutable(path) && (await starts(path))) return path;
  if (process.platform === "linux" && process.arch === "x64") {
    const packaged = await unpackPackagedChromium();
    if (packaged !== undefined && (await starts(packaged))) return packaged;
  }
  for (const path of KNOWN_BROWSERS) if (isExecutable(path) && (await starts(path))) return path;
  say("No Chromium found; trying to install Playwright's.");
  const cli = createRequire(import.meta.url).resolve("@playwright/test/cli");
  const install = spawnSync(process.execPath, [cli, "install", "chromium", "--only-shell"], {
    stdio: "ignore",
    timeout: 300_000,
  });
  if (install.status === 0 && (await starts(undefined))) return undefined;
  throw new BrowserNotFoundError(
    "No Chromium was found and none could be installed. Install one (Debian: apt-get install chromium; macOS and Windows: Google Chrome), or set CHROMIUM_PATH to its executable.",
  );
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    // Not there, or not ours to run: look further.
    return false;
  }
}

async function starts(executablePath: string | undefined): Promise<boolean> {
  try {
    const browser = await chromium.launch(browserLaunch(executablePath));
    await browser.close();
    return true;
  } catch {
    // A browser that doesn't start is as good as none.
    return false;
  }
}
