import { describe, expect, it } from "vitest";
import { createManualClock } from "../../fixtures/manual-clock.ts";
import { createBreaker } from "./breaker.ts";

function bench() {
  const clock = createManualClock();
  const changes: boolean[] = [];
  const breaker = createBreaker((isOpen) => changes.push(isOpen), clock);
  return { clock, changes, breaker };
}

describe("a breaker", () => {
  it("lets everyone through while the provider answers", async () => {
    const { breaker } = bench();
    expect(await breaker.admit(0)).toBe(true);
    expect(await breaker.admit(0)).toBe(true);
    expect(breaker.nextProbeInMs()).toBe(0);
  });

  it("lets one through in a second after a failure, and others wait for the next second", async () => {
    const { clock, breaker, changes } = bench();
    breaker.failed();
    breaker.failed();
    expect(await breaker.admit(0)).toBe(false);
    const admitted: number[] = [];
    const refused: number[] = [];
    for (let index = 0; index < 4; index += 1) {
      void breaker
        .admit(2_500)
        .then((isAdmitted) => (isAdmitted ? admitted : refused).push(clock.monotonicMs()));
    }
    await clock.advance(5_000);
    expect(admitted).toEqual([1_000, 2_000]);
    expect(refused).toEqual([2_500, 2_500]);
    expect(changes).toEqual([true]);
  });

  it("lets everyone who waits go at the first success", async () => {
    const { clock, breaker, changes } = bench();
    breaker.failed();
    const waiting = [breaker.admit(2_500), breaker.admit(2_500), breaker.admit(2_500)];
    await clock.advance(100);
    breaker.succeeded();
    expect(await Promise.all(waiting)).toEqual([true, true, true]);
    expect(clock.monotonicMs()).toBe(100);
    expect(changes).toEqual([true, false]);
  });
});
