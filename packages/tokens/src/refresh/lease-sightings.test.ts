import { describe, expect, it } from "vitest";
import { createLeaseSightings } from "./lease-sightings.ts";

function bench() {
  const state = { now: 0, failures: 0 };
  const sightings = createLeaseSightings(
    5_000,
    () => state.now,
    () => state.failures,
  );
  return { state, sightings };
}

describe("an expired lease", () => {
  it("is ripe when it was seen for 5 s, look by look", () => {
    const { state, sightings } = bench();
    for (; state.now < 5_000; state.now += 500) expect(sightings.isRipe("a")).toBe(false);
    expect(sightings.isRipe("a")).toBe(true);
    expect(sightings.isRipe("b")).toBe(false);
  });

  it("is looked at anew after a time in which nobody looked, such as a pause of this process", () => {
    const { state, sightings } = bench();
    expect(sightings.isRipe("a")).toBe(false);
    state.now = 10_000;
    expect(sightings.isRipe("a")).toBe(false);
  });

  it("is looked at anew after the store was out of reach, however shortly", () => {
    const { state, sightings } = bench();
    for (; state.now < 4_500; state.now += 500) sightings.isRipe("a");
    state.failures += 1;
    for (; state.now < 9_000; state.now += 500) expect(sightings.isRipe("a")).toBe(false);
    state.now = 9_500;
    expect(sightings.isRipe("a")).toBe(true);
  });
});
