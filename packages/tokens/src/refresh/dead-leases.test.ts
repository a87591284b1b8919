import { describe, expect, it } from "vitest";
import { createDeadLeases } from "./dead-leases.ts";

function bench() {
  const state = { now: 0, outages: 0 };
  const leases = createDeadLeases(
    () => state.now,
    () => state.outages,
  );
  return { state, leases };
}

describe("an expired lease", () => {
  it("may be taken over when it was seen for 5 s, look by look", () => {
    const { state, leases } = bench();
    for (; state.now < 5_000; state.now += 500) expect(leases.mayTakeOver("a")).toBe(false);
    expect(leases.mayTakeOver("a")).toBe(true);
    expect(leases.mayTakeOver("b")).toBe(false);
  });

  it("is looked at anew after a time in which nobody looked, such as a pause of this process", () => {
    const { state, leases } = bench();
    expect(leases.mayTakeOver("a")).toBe(false);
    state.now = 10_000;
    expect(leases.mayTakeOver("a")).toBe(false);
  });

  it("is looked at anew after the store was out of reach, however shortly", () => {
    const { state, leases } = bench();
    for (; state.now < 4_500; state.now += 500) leases.mayTakeOver("a");
    state.outages += 1;
    for (; state.now < 9_000; state.now += 500) expect(leases.mayTakeOver("a")).toBe(false);
    state.now = 9_500;
    expect(leases.mayTakeOver("a")).toBe(true);
  });
});
