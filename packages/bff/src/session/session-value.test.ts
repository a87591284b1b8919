import { expect, it } from "vitest";
import { newSessionValue } from "./session-value.ts";

const ENVELOPE = {
  v: 1,
  sid: "sid",
  createdAt: 0,
  touchedAt: 0,
  idleDeadline: 1,
  absoluteDeadline: 2,
} as const;
const TOKENS = { accessToken: "at", issuedAt: 0, expiresAt: 1, scope: "openid" };
const CLAIMS = { iss: "https://id.example", sub: "ada", iat: 0 };
const ALLOWED = ["name", "email", "groups", "toString"];

it.each([
  [{ name: "Ada" }, { name: "Ada" }],
  [{ name: { first: "Ada" } }, {}],
  [{ name: ["Ada"] }, {}],
  [{ name: 7 }, {}],
  [{ name: null }, {}],
  [{ email: "ada@example.org", phone: "1" }, { email: "ada@example.org" }],
  [{ groups: ["a"], sub: "somebody else" }, { groups: ["a"] }],
])("S-049 S-069: of the claims %j the page sees %j and the sub that was checked", (more, seen) => {
  const { user } = newSessionValue(ENVELOPE, {}, { tokens: TOKENS, claims: { ...more, ...CLAIMS } }, ALLOWED);
  expect(user).toEqual({ ...seen, sub: "ada" });
  expect(Object.keys(user)).not.toContain("toString");
});
