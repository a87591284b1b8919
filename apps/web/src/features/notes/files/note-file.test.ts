import { expect, it } from "vitest";
import { isPicture, sizeInWords } from "./note-file.ts";

it.each([
  [0, "0 bytes"],
  [999, "999 bytes"],
  [1000, "1 KB"],
  [15_499, "15 KB"],
  [999_499, "999 KB"],
  [2_345_678, "2.3 MB"],
])("says %i as %s", (bytes, words) => {
  expect(sizeInWords(bytes)).toBe(words);
});

it.each([
  ["image/png", true],
  ["image/jpeg", true],
  ["image/svg+xml", false],
  ["text/html", false],
  ["image/png; charset=x", false],
  ["", false],
])("shows %s as a picture: %s", (type, expected) => {
  expect(isPicture({ type })).toBe(expected);
});
