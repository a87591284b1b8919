import type { Context } from "hono";
import { problem } from "./problem.ts";

/** A value that a request carries, or the answer to a request that carries it wrongly. */
export type ReadValue<Value> = { readonly value: Value } | { readonly refusal: Response };

/** @returns `undefined` for what never was an id of ours */
export function parseId(rawId: string): number | undefined {
  return /^[1-9]\d{0,14}$/.test(rawId) ? Number(rawId) : undefined;
}

/** Names a wish, so that a second request for it has no second effect. */
export function readIdempotencyKey(c: Context): ReadValue<string | undefined> {
  const key = c.req.header("idempotency-key");
  if (key === undefined || /^[\x21-\x7e]{1,200}$/.test(key)) return { value: key };
  return {
    refusal: problem(c, "bad_request", {
      fields: [{ field: "Idempotency-Key", message: "1 to 200 visible characters." }],
    }),
  };
}
