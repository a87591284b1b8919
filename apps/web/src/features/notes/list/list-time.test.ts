import { describe, expect, it } from "vitest";
import { listTime, savedAt } from "./list-time.ts";

const now = new Date(2026, 10, 21, 15, 0).getTime();
const at = (...parts: [number, number, number, number, number]) => new Date(...parts).getTime();

describe("listTime", () => {
  it.each([
    [at(2026, 10, 21, 14, 3), "14:03", "today"],
    [at(2026, 10, 21, 0, 0), "00:00", "the first minute of today"],
    [at(2026, 10, 20, 23, 59), "Fri", "late yesterday"],
    [at(2026, 10, 15, 9, 0), "Sun", "six days ago"],
    [at(2026, 10, 14, 15, 0), "14 Nov", "a week ago"],
    [at(2025, 10, 12, 9, 0), "12 Nov 2025", "last year"],
    [now + 90_000, "15:01", "a little ahead, by another clock"],
  ])("%d is %s: %s", (instant, words) => {
    expect(listTime(instant, now)).toBe(words);
  });

  it("counts calendar days across a change of the clocks", () => {
    expect(listTime(at(2026, 9, 24, 12, 0), at(2026, 9, 25, 12, 0))).toBe("Sat");
  });
});

describe("savedAt", () => {
  it.each([
    [at(2026, 10, 21, 14, 3), "14:03", "today"],
    [at(2026, 10, 20, 4, 29), "Fri 04:29", "yesterday"],
    [at(2026, 10, 14, 15, 0), "14 Nov, 15:00", "a week ago"],
    [at(2025, 10, 12, 9, 0), "12 Nov 2025, 09:00", "last year"],
  ])("%d is %s: %s", (instant, words) => {
    expect(savedAt(instant, now)).toBe(words);
  });
});
