import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "../src/fixtures.ts";
import { comparePictures } from "../src/screens/compare-pictures.ts";
import { drawScreens } from "../src/screens/draw-screens.ts";
import { SCREEN_FOLDER, SCREEN_SCENES } from "../src/screens/screen-scenes.ts";
import { screenContext, screenName, SCREEN_SIZES, type ScreenSize } from "../src/screens/screen-sizes.ts";

/** Edges of letters at other places pass; a word that is gone, or a line that breaks otherwise, doesn't. */
const TOLERATED = 0.04;

/** Drawn, and not compared: what it shows was measured in that run. */
const OF_ONE_RUN = "side-by-side";

for (const [scene, show] of Object.entries(SCREEN_SCENES).filter(([name]) => name !== OF_ONE_RUN)) {
  for (const size of Object.keys(SCREEN_SIZES) as ScreenSize[]) {
    test.describe(`${scene}, ${size}`, () => {
      test.use({
        ...screenContext(size),
        allowed: {
          console:
            /Service Worker registration blocked|Failed to load resource: the server responded with a status of 401/,
        },
      });

      test(`looks as in docs/screenshots, light and dark (pnpm screenshots ${scene}-${size})`, async ({
        page,
        demo,
      }, testInfo) => {
        await show({ page, demo });
        for (const { scheme, png, changing } of await drawScreens(page)) {
          const name = screenName(scene, size, scheme);
          const path = join(SCREEN_FOLDER, `${name}.png`);
          expect(existsSync(path), `${name} was drawn by pnpm screenshots`).toBe(true);
          const difference = comparePictures(readFileSync(path), png, changing);
          if (difference.kind === "other_size")
            throw new Error(`${name}: ${difference.before}, now ${difference.now}`);
          testInfo.annotations.push({ type: name, description: difference.share.toFixed(4) });
          if (difference.share > TOLERATED) {
            await testInfo.attach(`${name}, now`, { body: png, contentType: "image/png" });
            await testInfo.attach(`${name}, difference`, {
              body: difference.picture,
              contentType: "image/png",
            });
          }
          expect(difference.share, `${name}: share of pixels that look otherwise`).toBeLessThanOrEqual(
            TOLERATED,
          );
        }
      });
    });
  }
}
