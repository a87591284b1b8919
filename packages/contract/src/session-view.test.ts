import { describe, expect, it } from "vitest";
import { sessionViewSchema } from "./session-view.ts";

const active = {
  state: "active",
  user: { sub: "ada", name: "Ada Lindqvist", email: "ada@example.org" },
  userKey: "key-of-ada",
  ticket: "4127",
  generation: 3,
  now: 1_000,
  signedInAt: 500,
  idleDeadline: 2_000,
  absoluteDeadline: 3_000,
  accessTokenExpiresAt: 1_030,
  refresh: "possible",
};

describe("a session view", () => {
  it("keeps the claims that a provider gave beside sub and name", () => {
    expect(sessionViewSchema.parse(active)).toMatchObject({ user: { email: "ada@example.org" } });
  });

  it("is told apart by its state alone", () => {
    expect(sessionViewSchema.safeParse({ ...active, state: "degraded" }).success).toBe(true);
    expect(sessionViewSchema.safeParse({ state: "anonymous", reason: "none", now: 1 }).success).toBe(true);
    expect(sessionViewSchema.safeParse({ ...active, state: "asleep" }).success).toBe(false);
    expect(sessionViewSchema.safeParse({ state: "anonymous", now: 1 }).success).toBe(false);
  });

  it.each(["user", "userKey", "idleDeadline", "accessTokenExpiresAt", "refresh"])(
    "of somebody signed in needs %s",
    (field) => {
      expect(sessionViewSchema.safeParse({ ...active, [field]: undefined }).success).toBe(false);
    },
  );

  it("S-068 drops a field that nobody allowed, such as a token", () => {
    expect(sessionViewSchema.parse({ ...active, accessToken: "secret" })).not.toHaveProperty("accessToken");
  });
});
