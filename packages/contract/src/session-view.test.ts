import { describe, expect, it } from "vitest";
import { sessionViewSchema } from "./session-view.ts";

const active = {
  state: "active",
  user: { sub: "ada", name: "Ada" },
  userKey: "u",
  ticket: "0417",
  generation: 3,
  now: 1,
  signedInAt: 0,
  idleDeadline: 2,
  absoluteDeadline: 3,
  accessTokenExpiresAt: 2,
  refresh: "possible",
};

describe("the session on the wire", () => {
  it("is taken with and without the names of extensions", () => {
    expect(sessionViewSchema.parse(active)).not.toHaveProperty("extensions");
    expect(sessionViewSchema.parse({ ...active, extensions: ["demo"] })).toMatchObject({
      extensions: ["demo"],
    });
    expect(sessionViewSchema.safeParse({ ...active, extensions: "demo" }).success).toBe(false);
  });

  it("loses whatever a newer server adds, so that an older page stays as it was", () => {
    expect(sessionViewSchema.parse({ ...active, mood: "sunny" })).not.toHaveProperty("mood");
  });

  it("is nothing else: a state or a reason that nobody knows is refused", () => {
    expect(sessionViewSchema.safeParse({ ...active, state: "asleep" }).success).toBe(false);
    expect(sessionViewSchema.safeParse({ state: "anonymous", reason: "bored", now: 1 }).success).toBe(false);
    expect(sessionViewSchema.safeParse({ state: "anonymous", reason: "none", now: 1 }).success).toBe(true);
  });
});
