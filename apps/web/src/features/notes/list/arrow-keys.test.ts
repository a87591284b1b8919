import { expect, it } from "vitest";
import { nextIndex } from "./arrow-keys.ts";

it.each([
  ["ArrowDown", 0, 3, 1],
  ["ArrowDown", 2, 3, 2],
  ["ArrowDown", -1, 3, 0],
  ["ArrowUp", 1, 3, 0],
  ["ArrowUp", 0, 3, 0],
  ["Home", 2, 3, 0],
  ["End", 0, 3, 2],
  ["Enter", 0, 3, undefined],
  ["ArrowDown", -1, 0, undefined],
])("%s from %d of %o leads to %o", (key, index, length, next) => {
  expect(nextIndex(key, index, length)).toBe(next);
});
