import { anonymousReasonSchema } from "./anonymous-reason.ts";
import { type Infer, number, object, oneOf, optional, string } from "./schema.ts";

/** Every code that the BFF answers with, and its HTTP status. Stable: clients may switch on it. */
export const PROBLEM_STATUS = {
  bad_request: 400,
  ambiguous_path: 400,
  no_session: 401,
  stale_cookie: 401,
  step_up_required: 401,
  guard_refused: 403,
  insufficient_scope: 403,
  resource_unavailable: 403,
  unknown_route: 404,
  method_not_allowed: 405,
  user_changed: 409,
  body_too_large: 413,
  uri_too_long: 414,
  rate_limited: 429,
  headers_too_large: 431,
  internal: 500,
  provider_error: 502,
  upstream_failed: 502,
  refresh_unavailable: 503,
  ledger_unavailable: 503,
  overloaded: 503,
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
export const problemSchema = object({
  type: string,
  title: string,
  status: number,
  code: oneOf(...PROBLEM_CODES),
  detail: optional(string),
  reason: optional(anonymousReasonSchema),
  retryAfterSeconds: optional(number),
  /** With `step_up_required`: what the API asks for; hand both to `/bff/login` as `acr_values` and `max_age`. RFC 9470. */
  acrValues: optional(string),
  maxAgeSeconds: optional(number),
  /** With `insufficient_scope`: the scopes that the access token lacks, space separated. RFC 6750 section 3.1. */
  scope: optional(string),
  requestId: optional(string),
});

export type Problem = Infer<typeof problemSchema>;
