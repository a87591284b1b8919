import { expect, it } from "vitest";
import { formatRemaining } from "./remaining.ts";

it.each([
  [-5_000, "0 s"],
  [0, "0 s"],
  [1, "1 s"],
  [11_200, "12 s"],
  [99_000, "99 s"],
  [108_000, "1:48"],
  [120_000, "2:00"],
  [299_000, "4:59"],
  [300_000, "5 min"],
  [1_799_000, "29 min"],
  [3_599_000, "59 min"],
  [3_600_000, "1 h 00 min"],
  [25_500_000, "7 h 05 min"],
])("says %d ms as %s", (ms, words) => {
  expect(formatRemaining(ms)).toBe(words);
});
