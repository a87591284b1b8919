import pixelmatch from "pixelmatch";
import UPNG from "upng-js";
import type { PictureArea } from "./draw-screens.ts";

const COLOURS = 256;
/** Around what changes: its shadow, a longer number. */
const MARGIN = 12;
const WINDOW = 48;
/** Letters are drawn a little otherwise by each version of a browser. */
const THRESHOLD = 0.15;

/** How two pictures of one screen differ. */
export type PictureDifference =
  | { readonly kind: "other_size"; readonly before: string; readonly now: string }
  | {
      readonly kind: "compared";
      /** In the square of 48 pixels where most of them differ, 0 to 1: a word that is gone is as visible on a large screen. */
      readonly share: number;
      /** Where they differ, in red. */
      readonly picture: Buffer;
    };

/** A picture in a palette of colours: a fifth of the bytes, and hardly a difference to be seen. */
export function shrinkPicture(png: Buffer): Buffer {
  const { width, height, pixels } = decode(png);
  return Buffer.from(UPNG.encode([pixels.buffer], width, height, COLOURS));
}

/** Compares two pictures, but for the areas that look otherwise each time. */
export function comparePictures(
  before: Buffer,
  now: Buffer,
  changing: readonly PictureArea[],
): PictureDifference {
  const [a, b] = [decode(before), decode(now)];
  const { width, height } = a;
  if (width !== b.width || height !== b.height) {
    return { kind: "other_size", before: `${width} x ${height}`, now: `${b.width} x ${b.height}` };
  }
  const ignoreMask = new Uint8Array(width * height);
  for (const area of changing) {
    const left = clamp(area.x - MARGIN, width);
    const right = clamp(area.x + area.width + MARGIN, width);
    const bottom = clamp(area.y + area.height + MARGIN, height);
    for (let row = clamp(area.y - MARGIN, height); row < bottom; row += 1) {
      ignoreMask.fill(1, row * width + left, row * width + right);
    }
  }
  const difference = new Uint8Array(width * height * 4);
  const options = { threshold: THRESHOLD, ignoreMask, windowSize: WINDOW };
  const differing = pixelmatch(a.pixels, b.pixels, difference, width, height, options);
  return {
    kind: "compared",
    share: differing / (WINDOW * WINDOW),
    picture: Buffer.from(UPNG.encode([difference.buffer], width, height, 0)),
  };
}

function decode(png: Buffer): { width: number; height: number; pixels: Uint8Array<ArrayBuffer> } {
  const image = UPNG.decode(new Uint8Array(png).buffer);
  const [pixels = new ArrayBuffer(0)] = UPNG.toRGBA8(image);
  return { width: image.width, height: image.height, pixels: new Uint8Array(pixels) };
}

function clamp(value: number, most: number): number {
  return Math.max(0, Math.min(most, Math.round(value)));
}
