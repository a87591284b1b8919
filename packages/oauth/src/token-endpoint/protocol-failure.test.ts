import { expect, test } from "vitest";
import { describeProtocolFailure } from "./protocol-failure.ts";

const failure = (code: unknown, cause: unknown): Error => Object.assign(new Error("secret"), { code, cause });

test("names the library's code and the claim concerned", () => {
  const cause = failure("OAUTH_JWT_CLAIM_COMPARISON_FAILED", { claim: "nonce", claims: { sub: "secret" } });
  expect(describeProtocolFailure(failure("OAUTH_JWT_CLAIM_COMPARISON_FAILED", cause))).toBe(
    "OAUTH_JWT_CLAIM_COMPARISON_FAILED(nonce)",
  );
});

test.each([
  failure("secret", undefined),
  failure(undefined, { claim: "a secret" }),
  failure(7, { attribute: { secret: true } }),
  "secret",
  undefined,
])("S-068 repeats nothing that could be a secret", (error) => {
  expect(describeProtocolFailure(error)).toBe("unknown");
});
