import * as fc from "fast-check";
import { expect, test } from "vitest";
import { findErrorCodes } from "./error-codes.ts";

test.each([
  ['{"error":"invalid_grant","error_description":"invalid_client"}', ["invalid_grant"]],
  ['{"error":"INVALID_GRANT "}', ["invalid_grant"]],
  ['{"error":["invalid_grant","x_y"]}', ["invalid_grant", "x_y"]],
  ['{"errors":[{"code":"invalid_grant"}]}', ["invalid_grant"]],
  ['{"error":{"code":400,"status":"INVALID_ARGUMENT","message":"invalid_grant"}}', []],
  ['{"error":400,"code":"invalid_grant"}', ["invalid_grant"]],
  ['{"errorCode":"invalid_client","errorSummary":"x"}', ["invalid_client"]],
  ['{"error":"Unauthorized","message":"invalid_grant"}', []],
  ['{"error":"Something went wrong: invalid_grant"}', []],
  ['{"type":"about:blank","title":"invalid_grant"}', []],
  ['"invalid_grant"', ["invalid_grant"]],
  ["error=invalid_grant&error_description=invalid_client", ["invalid_grant"]],
  ["error_description=invalid_client", []],
  [
    "<oauth><error>invalid_grant</error><error_description>invalid_client</error_description></oauth>",
    ["invalid_grant"],
  ],
  ['<Error Code="invalid_grant"/>', ["invalid_grant"]],
  ["<error><code>\n invalid_grant\n</code></error>", ["invalid_grant"]],
  ["<error><![CDATA[invalid_grant]]></error>", ["invalid_grant"]],
  ["<h1>Error: Access denied</h1>", []],
  ["invalid_grant", []],
  ["", []],
])("S-089 finds in %s the codes %j", (text, codes) => {
  expect(findErrorCodes(text, null)).toEqual(codes);
});

test.each([
  ['Bearer realm="x", error="invalid_grant", error_description="invalid_client"', ["invalid_grant"]],
  ["Basic error=invalid_client", ["invalid_client"]],
  ['Basic realm="invalid_client"', []],
])("S-089 finds in the challenge %s the codes %j", (challenge, codes) => {
  expect(findErrorCodes("", challenge)).toEqual(codes);
});

test("S-089 says first what a gateway says, and then what it quotes", () => {
  const quoted = JSON.stringify({ error: "invalid_grant" });
  expect(
    findErrorCodes(JSON.stringify({ inner: { error: "x_inner" }, error: "x_outer", code: quoted }), null),
  ).toEqual(["x_outer", "invalid_grant", "x_inner"]);
});

test("S-089 finds the error code at any depth of JSON that a gateway wraps it in", () => {
  const wrap = fc.constantFrom(
    (value: unknown) => ({ body: value }),
    (value: unknown) => [value],
    (value: unknown) => ({ status: 500, upstream: value, message: "x" }),
  );
  fc.assert(
    fc.property(
      fc.array(wrap, { maxLength: 4 }),
      fc.constantFrom("error", "code", "error_code"),
      (wraps, name) => {
        const value = wraps.reduce<unknown>((inner, wrapOnce) => wrapOnce(inner), {
          [name]: "invalid_grant",
        });
        expect(findErrorCodes(JSON.stringify(value), null)).toEqual(["invalid_grant"]);
      },
    ),
  );
});

test("S-089 isn't moved by prose", () => {
  fc.assert(
    fc.property(fc.string(), fc.constantFrom("error_description", "message", "detail"), (prose, name) => {
      const body = JSON.stringify({
        error: "temporarily_unavailable",
        [name]: `${prose} invalid_grant ${prose}`,
      });
      expect(findErrorCodes(body, null)).toEqual(["temporarily_unavailable"]);
    }),
  );
});

test("answers anything at all without throwing", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), fc.option(fc.string()), (text, challenge) => {
      expect(findErrorCodes(text, challenge)).toBeInstanceOf(Array);
    }),
  );
});
