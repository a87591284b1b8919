import { randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import { COOKIE_KEY, createCloakroom } from "../suite/coats.ts";
import { generateCookieKey } from "./cookie-keys.ts";
import { SessionError, type SessionConfigProblem } from "./session-error.ts";

function problemsOf(config: Parameters<typeof createCloakroom>[0]): readonly SessionConfigProblem[] {
  try {
    createCloakroom(config);
  } catch (error) {
    if (error instanceof SessionError && error.code === "config_invalid") return error.problems;
    throw error;
  }
  return [];
}

function encode(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("base64url");
}

describe("the session configuration", () => {
  it("takes keys that generateCookieKey makes", () => {
    expect(
      problemsOf({ cookieKeys: [generateCookieKey(randomBytes), generateCookieKey(randomBytes)] }),
    ).toEqual([]);
    expect(generateCookieKey(randomBytes)).toMatch(/^[\w-]{43}$/u);
  });

  it.each([
    ["none", []],
    ["an empty one", [""]],
    ["31 bytes", [encode(randomBytes(31))]],
    ["a phrase", ["correct-horse-battery-staple-correct-horse-battery"]],
    ["a phrase in base64url", [encode(Buffer.from("correct horse battery staple and a few more words"))]],
    ["a phrase of letters alone", ["thequickbrownfoxjumpsoverthelazydogandmoreofit"]],
    ["iron-session's own example", ["complex_password_at_least_32_characters_long"]],
    ["zeros", [encode(new Uint8Array(32))]],
    ["a count from 0 to 31", [encode(Uint8Array.from({ length: 32 }, (_, index) => index))]],
    ["few different bytes", [encode(Uint8Array.from({ length: 32 }, (_, index) => (index * 7) % 5))]],
    ["plain base64 with padding", [`${Buffer.from(randomBytes(32)).toString("base64").slice(0, 42)}+=`]],
    ["the same twice", [COOKIE_KEY, COOKIE_KEY]],
  ])("refuses as keys: %s (S-128)", (_, keys) => {
    expect(problemsOf({ cookieKeys: keys })).toHaveLength(1);
  });

  it.each([
    { idleTimeoutSeconds: 0 },
    { idleTimeoutSeconds: -1 },
    { idleTimeoutSeconds: Number.NaN },
    { idleTimeoutSeconds: 43_201 },
    { absoluteTimeoutSeconds: Number.NaN },
    { absoluteTimeoutSeconds: Number.POSITIVE_INFINITY },
  ])("refuses deadlines that never pass, or not in their order: %j (S-128)", (config) => {
    expect(problemsOf(config).map(({ field }) => field)).toEqual(["idleTimeoutSeconds"]);
  });

  it("lists all problems at once, and shows no key (S-128)", () => {
    const weak = encode(randomBytes(8));
    const problems = problemsOf({
      cookieKeys: [weak, COOKIE_KEY, COOKIE_KEY],
      idleTimeoutSeconds: -1,
    });
    expect(problems.map(({ field }) => field)).toEqual(["cookieKeys", "cookieKeys", "idleTimeoutSeconds"]);
    expect(JSON.stringify(problems)).not.toContain(weak);
    expect(JSON.stringify(problems)).not.toContain(COOKIE_KEY);
  });
});
