import { expect, test } from "vitest";
import { createFakeClock } from "./fake-clock.ts";

test("stands still until it is moved", async () => {
  const clock = createFakeClock(1_000);
  expect(clock.nowMs()).toBe(1_000);
  await clock.advance(250);
  expect(clock.nowMs()).toBe(1_250);
});

test("fires timers in the order in which they fall due, each at its own time", async () => {
  const clock = createFakeClock(0);
  const fired: [string, number][] = [];
  clock.setTimeout(() => fired.push(["late", clock.nowMs()]), 30);
  clock.setTimeout(() => fired.push(["first of two", clock.nowMs()]), 10);
  clock.setTimeout(() => fired.push(["second of two", clock.nowMs()]), 10);
  clock.setTimeout(() => fired.push(["not yet", clock.nowMs()]), 31);
  await clock.advance(30);
  expect(fired).toEqual([
    ["first of two", 10],
    ["second of two", 10],
    ["late", 30],
  ]);
  expect(clock.pendingTimers()).toBe(1);
});

test("fires a timer that another timer, or a promise after it, has set within the time", async () => {
  const clock = createFakeClock(0);
  const fired: number[] = [];
  clock.setTimeout(() => {
    void Promise.resolve()
      .then(() => undefined)
      .then(() => clock.setTimeout(() => fired.push(clock.nowMs()), 5));
  }, 10);
  await clock.advance(15);
  expect(fired).toEqual([15]);
});

test("doesn't fire a timer that was cleared, by another timer of the same moment included", async () => {
  const clock = createFakeClock(0);
  const fired: string[] = [];
  const second: { id?: number } = {};
  clock.setTimeout(() => clock.clearTimeout(second.id), 10);
  second.id = clock.setTimeout(() => fired.push("second"), 10);
  clock.clearTimeout(clock.setTimeout(() => fired.push("cleared"), 5));
  clock.clearTimeout(undefined);
  await clock.advance(100);
  expect(fired).toEqual([]);
});

test("fires a timer without a delay at the next advance, even of 0", async () => {
  const clock = createFakeClock(0);
  const fired: number[] = [];
  clock.setTimeout(() => fired.push(clock.nowMs()));
  expect(fired).toEqual([]);
  await clock.advance(0);
  expect(fired).toEqual([0]);
});

test.each([-1, Number.NaN])("refuses to advance by %s", async (durationMs) => {
  await expect(createFakeClock().advance(durationMs)).rejects.toThrow(RangeError);
});
