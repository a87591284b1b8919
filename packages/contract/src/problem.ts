import * as z from "zod/mini";
import { anonymousReasonSchema } from "./anonymous-reason.ts";

/** Every code that the BFF answers with, and its HTTP status. Stable: clients may switch on it. */
export const PROBLEM_STATUS = {
  bad_request: 400,
  no_session: 401,
  stale_cookie: 401,
  step_up_required: 401,
  guard_refused: 403,
  unknown_route: 404,
  method_not_allowed: 405,
  user_changed: 409,
  body_too_large: 413,
  uri_too_long: 414,
  headers_too_large: 431,
  internal: 500,
  provider_error: 502,
  upstream_failed: 502,
  refresh_unavailable: 503,
  ledger_unavailable: 503,
  provider_unavailable: 503,
  upstream_timeout: 504,
} as const;

export type ProblemCode = keyof typeof PROBLEM_STATUS;

export const PROBLEM_CODES = Object.keys(PROBLEM_STATUS) as readonly ProblemCode[];

/**
 * The body of every failure: `application/problem+json`.
 *
 * `reason` accompanies `no_session`, `retryAfterSeconds` the 503 codes, `requestId` every one of them.
 *
 * @see RFC 9457
 */
export const problemSchema = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  code: z.enum(PROBLEM_CODES as readonly [ProblemCode, ...ProblemCode[]]),
  detail: z.optional(z.string()),
  reason: z.optional(anonymousReasonSchema),
  retryAfterSeconds: z.optional(z.number()),
  /** With `step_up_required`: what the API asks for; hand both to `/bff/login` as `acr_values` and `max_age`. RFC 9470. */
  acrValues: z.optional(z.string()),
  maxAgeSeconds: z.optional(z.number()),
  requestId: z.optional(z.string()),
});

export type Problem = z.infer<typeof problemSchema>;
