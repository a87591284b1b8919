import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseBearerChallenge } from "./bearer-challenge.ts";

describe("parseBearerChallenge", () => {
  it.each([
    [['Bearer error="invalid_token"'], { error: "invalid_token" }],
    [["bearer ERROR=invalid_token"], { error: "invalid_token" }],
    [['Bearer realm="a, Bearer error=\\"x\\"", error = "invalid_token"'], { error: "invalid_token" }],
    [
      ['Basic realm="x", Bearer realm="y", error="invalid_token", error_description="it, expired"'],
      { error: "invalid_token" },
    ],
    [
      ['Negotiate YII==, Bearer error="insufficient_scope", scope="notes:read notes:write"'],
      { error: "insufficient_scope", scope: "notes:read notes:write" },
    ],
    [["Basic realm=x", 'Bearer error="invalid_token"'], { error: "invalid_token" }],
    [["Bearer", 'DPoP error="invalid_token"'], { error: "invalid_token" }],
    [["Bearer"], {}],
    [
      ['Bearer error="insufficient_user_authentication", acr_values="myACR", max_age="5"'],
      { error: "insufficient_user_authentication", acrValues: "myACR", maxAgeSeconds: 5 },
    ],
    [['Bearer error="a", error="b"'], { error: "a" }],
    [['Bearer error="invalid\\_token"'], { error: "invalid_token" }],
    [['Bearer max_age="-1"'], {}],
  ])("reads %j", (fields, expected) => {
    expect(parseBearerChallenge(fields)).toEqual(expected);
  });

  it.each([
    [[]],
    [['Basic realm="Bearer error=\\"invalid_token\\""']],
    [['BearerX error="invalid_token"']],
    [["error=invalid_token"]],
    [[""]],
    [["\u0000"]],
    [[`Bearer error="${"x".repeat(5000)}"`]],
  ])("finds none in %j", (fields) => {
    expect(parseBearerChallenge(fields)).toBeUndefined();
  });

  it("never throws and always ends, whatever the field", () => {
    const piece = fc.constantFrom(
      "Bearer",
      "Basic",
      " ",
      ",",
      "=",
      '"',
      "\\",
      "error",
      "invalid_token",
      "\t",
      "ä",
      "==",
      "a",
    );
    expect(() =>
      fc.assert(
        fc.property(
          fc.array(piece, { maxLength: 60 }),
          (pieces) => void parseBearerChallenge([pieces.join("")]),
        ),
        { numRuns: 2000 },
      ),
    ).not.toThrow();
  });
});
