import { describe, expect, it } from "vitest";
import { isInRenewalWindow, learnTokenLife, lifeLeft, remainingLife } from "./token-life.ts";

describe("a token's life", () => {
  it("starts with what is left when the page first sees it", () => {
    expect(learnTokenLife(undefined, { accessTokenExpiresAt: 30_000, now: 18_000 })).toEqual({
      expiresAt: 30_000,
      totalMs: 12_000,
    });
  });

  it("learns the whole life from the next token", () => {
    const first = learnTokenLife(undefined, { accessTokenExpiresAt: 30_000, now: 18_000 });
    expect(learnTokenLife(first, { accessTokenExpiresAt: 55_000, now: 25_000 }).totalMs).toBe(30_000);
  });

  it("doesn't shrink when a later token is seen late", () => {
    const first = learnTokenLife(undefined, { accessTokenExpiresAt: 30_000, now: 0 });
    expect(learnTokenLife(first, { accessTokenExpiresAt: 60_000, now: 50_000 }).totalMs).toBe(30_000);
  });

  it("stays the same value for the same token, so that nothing renders again", () => {
    const first = learnTokenLife(undefined, { accessTokenExpiresAt: 30_000, now: 0 });
    expect(learnTokenLife(first, { accessTokenExpiresAt: 30_000, now: 9_000 })).toBe(first);
  });

  it("is between full and empty, also for a token that is long expired or from a faster clock", () => {
    const life = { expiresAt: 30_000, totalMs: 30_000 };
    expect(lifeLeft(life, 18_000)).toBeCloseTo(0.4);
    expect(lifeLeft(life, 99_000)).toBe(0);
    expect(lifeLeft(life, -5_000)).toBe(1);
    expect(lifeLeft({ expiresAt: 0, totalMs: 0 }, 5)).toBe(0);
  });

  it("never has more left than its whole life, whatever the clocks say", () => {
    const life = { expiresAt: 30_000, totalMs: 30_000 };
    expect(remainingLife(life, -400)).toBe(30_000);
    expect(remainingLife(life, 18_000)).toBe(12_000);
    expect(remainingLife(life, 31_000)).toBe(0);
  });

  it("can be renewed in its last fifth, and in its last minute when it is long", () => {
    expect(isInRenewalWindow({ expiresAt: 30_000, totalMs: 30_000 }, 23_900)).toBe(false);
    expect(isInRenewalWindow({ expiresAt: 30_000, totalMs: 30_000 }, 24_000)).toBe(true);
    expect(isInRenewalWindow({ expiresAt: 3_600_000, totalMs: 3_600_000 }, 3_530_000)).toBe(false);
    expect(isInRenewalWindow({ expiresAt: 3_600_000, totalMs: 3_600_000 }, 3_541_000)).toBe(true);
  });
});
