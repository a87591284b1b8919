import { randomBytes } from "node:crypto";
import { expect, it } from "vitest";
import { createRequestIds } from "./request-id.ts";

it("gives each request 16 hex digits of its own, and asks for randomness once in hundreds", () => {
  let draws = 0;
  const newRequestId = createRequestIds((count) => {
    draws += 1;
    return new Uint8Array(randomBytes(count));
  });
  const ids = Array.from({ length: 2_000 }, newRequestId);
  expect(new Set(ids).size).toBe(2_000);
  expect(ids.filter((id) => !/^[\da-f]{16}$/u.test(id))).toEqual([]);
  expect(draws).toBeLessThan(10);
});
