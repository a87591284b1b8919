import type { LaunchOptions } from "@playwright/test";

/**
 * How the browsers of the specs and of the pictures are started. Without the argument, lines of text are longer in a headless
 * shell than in a whole Chromium, and the page looks otherwise in each.
 *
 * @param executablePath `undefined` starts Playwright's own.
 */
export function browserLaunch(executablePath: string | undefined): LaunchOptions {
  return {
    args: ["--font-render-hinting=none"],
    ...(executablePath === undefined ? {} : { executablePath }),
  };
}
