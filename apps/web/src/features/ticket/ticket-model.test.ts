import type { SignedInView } from "@coatcheck/contract";
import { describe, expect, it } from "vitest";
import { describeTicket } from "./ticket-model.ts";

const view: SignedInView = {
  state: "active",
  user: { sub: "ada", name: "Ada Lindqvist" },
  userKey: "k",
  ticket: "4127",
  generation: 18,
  now: 0,
  signedInAt: 0,
  idleDeadline: 1_800_000,
  absoluteDeadline: 43_200_000,
  accessTokenExpiresAt: 30_000,
  refresh: "possible",
};
const life = { expiresAt: 30_000, totalMs: 30_000 };
const row = (model: ReturnType<typeof describeTicket>, index: number) => model.rows?.[index];

describe("describeTicket", () => {
  it("counts down to the renewal", () => {
    const model = describeTicket(view, life, 18_000, false);
    expect(model).toMatchObject({ state: "active", number: "4127", who: "Ada Lindqvist", coat: 18 });
    expect(row(model, 0)).toMatchObject({ value: "12 s" });
    expect(row(model, 0)?.lifeLeft).toBeCloseTo(0.4);
  });

  it("shows a renewal that is under way", () => {
    expect(describeTicket(view, life, 28_000, true).state).toBe("refreshing");
  });

  it("says that an expired token is renewed by the next call, instead of counting below zero", () => {
    expect(row(describeTicket(view, life, 31_000, false), 0)).toMatchObject({
      term: "Access renews",
      lifeLeft: 0,
    });
  });

  it("says how long the coat is good while the provider is away, also when a renewal is tried", () => {
    const model = describeTicket({ ...view, state: "degraded" }, life, 8_000, true);
    expect(model.state).toBe("degraded");
    expect(row(model, 0)).toMatchObject({ term: "Good without the provider", value: "22 s" });
  });

  it("promises no renewal where there is none", () => {
    expect(row(describeTicket({ ...view, refresh: "none" }, life, 8_000, false), 0)).toMatchObject({
      term: "Access ends in",
    });
  });

  it.each([
    [{ sub: "x", name: "", email: "ines@example.test" }, "ines@example.test"],
    [{ sub: "x", preferred_username: "ines" }, "ines"],
    [{ sub: "x" }, "x"],
  ])("names the person by what the provider gives: %o", (user, who) => {
    expect(describeTicket({ ...view, user }, life, 0, false).who).toBe(who);
  });
});
