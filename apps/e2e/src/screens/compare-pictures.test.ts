import UPNG from "upng-js";
import { describe, expect, it } from "vitest";
import { comparePictures, shrinkPicture } from "./compare-pictures.ts";

const SIZE = 100;

/** A white picture with a rectangle of one colour. */
function paint(
  x: number,
  y: number,
  width: number,
  height: number,
  colour: readonly [number, number, number],
) {
  const pixels = new Uint8Array(SIZE * SIZE * 4).fill(255);
  for (let row = y; row < y + height; row += 1) {
    for (let column = x; column < x + width; column += 1) pixels.set(colour, (row * SIZE + column) * 4);
  }
  return Buffer.from(UPNG.encode([pixels.buffer], SIZE, SIZE, 0));
}

const GREEN = [30, 90, 60] as const;
const before = paint(40, 40, 20, 20, GREEN);

describe("two pictures of a screen", () => {
  it("are alike where nothing changed, shrunk or not", () => {
    expect(comparePictures(before, before, [])).toMatchObject({ kind: "compared", share: 0 });
    expect(comparePictures(shrinkPicture(before), before, [])).toMatchObject({ share: 0 });
  });

  it("differ by the share of pixels that do, where most of them are", () => {
    const moved = paint(40, 60, 20, 20, GREEN);
    expect(comparePictures(before, moved, [])).toMatchObject({ share: 800 / (48 * 48) });
    const blank = paint(0, 0, 0, 0, GREEN);
    expect(comparePictures(before, blank, [])).toMatchObject({ share: 400 / (48 * 48) });
  });

  it("aren't compared where they look otherwise each time, and by nothing else", () => {
    const other = paint(40, 40, 20, 20, [240, 160, 140]);
    expect(comparePictures(before, other, [{ x: 40, y: 40, width: 20, height: 20 }])).toMatchObject({
      share: 0,
    });
    const far = comparePictures(before, other, [{ x: 0, y: 0, width: 10, height: 10 }]);
    expect(far.kind === "compared" && far.share).toBeGreaterThan(0.04);
    const beyond = [{ x: -50, y: -50, width: 300, height: 300 }];
    expect(comparePictures(before, other, beyond)).toMatchObject({ share: 0 });
  });

  it("of other sizes say so", () => {
    const pixels = new Uint8Array(50 * 50 * 4);
    const small = Buffer.from(UPNG.encode([pixels.buffer], 50, 50, 0));
    expect(comparePictures(before, small, [])).toEqual({
      kind: "other_size",
      before: "100 x 100",
      now: "50 x 50",
    });
  });
});
