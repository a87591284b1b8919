import type { Page } from "@playwright/test";
import { SCREEN_SCHEMES, type ScreenScheme } from "./screen-sizes.ts";

/** A rectangle of a picture, in pixels. */
export interface PictureArea {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** What a page looks like just now. */
export interface Screen {
  readonly scheme: ScreenScheme;
  readonly png: Buffer;
  /** Where it looks otherwise at each visit: numbers of a ticket, times, measurements. */
  readonly changing: readonly PictureArea[];
}

const CHANGING =
  '.ticket, .torn, .dock, time, .saved, .says, .banner p, [role="timer"], .side, .plot, .timeline-plot, .readout, .about, [aria-labelledby="timeline"] .head p';

/** What the list says of the sample notes on one day: `Tue` is as wide as it is, and in January `30 Dec 2026` is wider. */
const TIMES_OF_ONE_DAY = ["14:03", "13:20", "Mon", "Sun", "18 Nov", "15 Nov"];

/** Draws the page as it is but for its times, in both colour schemes. */
export async function drawScreens(page: Page): Promise<readonly Screen[]> {
  const screens: Screen[] = [];
  await page.evaluate((times) => {
    for (const [index, time] of document.querySelectorAll("time").entries())
      time.textContent = times[index] ?? "";
  }, TIMES_OF_ONE_DAY);
  for (const scheme of SCREEN_SCHEMES) {
    // What moves or fades while it is drawn would be another picture on a slow machine.
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: "reduce" });
    await page.evaluate(async () => {
      await document.fonts.ready;
      for (const _frame of [1, 2]) await new Promise((resolve) => requestAnimationFrame(resolve));
      const ending = document
        .getAnimations()
        .filter(({ effect }) => Number.isFinite(effect?.getComputedTiming().endTime));
      await Promise.all(ending.map(({ finished }) => finished.catch(() => undefined)));
    });
    const png = await page.screenshot({ animations: "disabled", caret: "hide" });
    const changing = await page.evaluate(
      (selector) =>
        [...document.querySelectorAll(selector)].map((element) => {
          const { x, y, width, height } = element.getBoundingClientRect();
          return { x, y, width, height };
        }),
      CHANGING,
    );
    screens.push({ scheme, png, changing });
  }
  return screens;
}
