import { describe, expect, it } from "vitest";
import { createManualClock } from "../../fixtures/manual-clock.ts";
import { keepLease, readClocks } from "./lease.ts";

describe("a lease as its holder knows it", () => {
  it("counts from before it was asked for, and from before each renewal", async () => {
    const clock = createManualClock();
    const lease = keepLease({ leaseMs: 30_000, claimedAt: readClocks(clock) }, async () => true, clock);
    await clock.advance(4_999);
    expect(lease.remainingMs()).toBe(25_001);
    await clock.advance(1);
    expect(lease.remainingMs()).toBe(30_000);
    lease.stop();
    await clock.advance(100_000);
    expect(lease.remainingMs()).toBe(-70_000);
  });

  it("is lost at once when the store says so", async () => {
    const clock = createManualClock();
    const lease = keepLease({ leaseMs: 30_000, claimedAt: readClocks(clock) }, async () => false, clock);
    await clock.advance(10_000);
    expect(lease.remainingMs()).toBeLessThan(0);
  });

  it("runs down while the store is out of reach", async () => {
    const clock = createManualClock();
    const renew = () => Promise.reject(new Error("down"));
    const lease = keepLease({ leaseMs: 30_000, claimedAt: readClocks(clock) }, renew, clock);
    await clock.advance(20_000);
    expect(lease.remainingMs()).toBe(10_000);
    lease.stop();
  });

  it("counts by the clock that says more: one may stand still while the machine sleeps", () => {
    const clock = createManualClock();
    let sleptMs = 0;
    const ports = { ...clock, nowMs: () => clock.nowMs() + sleptMs };
    const lease = keepLease({ leaseMs: 30_000, claimedAt: readClocks(ports) }, async () => true, ports);
    sleptMs = 25_000;
    expect(lease.remainingMs()).toBe(5_000);
    sleptMs = -25_000;
    expect(lease.remainingMs()).toBe(30_000);
    lease.stop();
  });
});
