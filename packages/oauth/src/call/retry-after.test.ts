import * as fc from "fast-check";
import { expect, test } from "vitest";
import { parseRetryAfter } from "./retry-after.ts";

const NOW_MS = Date.UTC(2026, 0, 1);

test.each([
  ["0", 0],
  [" 12 ", 12],
  ["86400", 3_600],
  ["Thu, 01 Jan 2026 00:00:30 GMT", 30],
  ["Thursday, 01-Jan-26 00:00:30 GMT", 30],
  ["Wed, 31 Dec 2025 23:59:59 GMT", 0],
  [null, undefined],
  ["", undefined],
  ["-1", undefined],
  ["1.5", undefined],
  ["soon", undefined],
  ["2026", 2_026],
])("reads %j as %j seconds", (value, seconds) => {
  expect(parseRetryAfter(value, NOW_MS)).toBe(seconds);
});

test("never answers anything but a whole number of seconds within an hour", () => {
  fc.assert(
    fc.property(fc.string(), fc.date({ noInvalidDate: true }), (text, date) => {
      for (const value of [text, date.toUTCString()]) {
        const seconds = parseRetryAfter(value, NOW_MS) ?? 0;
        expect(Number.isInteger(seconds) && seconds >= 0 && seconds <= 3_600).toBe(true);
      }
    }),
  );
});
