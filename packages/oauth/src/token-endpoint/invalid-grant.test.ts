import * as fc from "fast-check";
import { expect, test } from "vitest";
import { saysInvalidGrant } from "./invalid-grant.ts";

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
        expect(saysInvalidGrant(JSON.stringify(value), null)).toBe(true);
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
      expect(saysInvalidGrant(body, null)).toBe(false);
    }),
  );
});

test("answers anything at all without throwing", () => {
  fc.assert(
    fc.property(fc.string(), fc.option(fc.string()), (text, challenge) => {
      expect(saysInvalidGrant(text, challenge)).toBeTypeOf("boolean");
    }),
  );
});
