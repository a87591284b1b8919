import type { Context } from "hono";

/** A field that doesn't fit, and why. */
export interface FieldProblem {
  /** `""`: the document as a whole. */
  readonly field: string;
  readonly message: string;
}

const TITLES = {
  bad_request: [400, "The request is malformed"],
  unauthorized: [401, "An access token is needed"],
  invalid_token: [401, "The access token is not accepted"],
  insufficient_user_authentication: [401, "This needs a more recent sign-in"],
  insufficient_scope: [403, "The access token does not allow this"],
  not_found: [404, "There is no such note"],
  method_not_allowed: [405, "The resource does not have this method"],
  version_mismatch: [412, "The note was changed meanwhile"],
  body_too_large: [413, "The body is too large"],
  unsupported_media_type: [415, "The body must be JSON"],
  invalid_note: [422, "The note does not fit"],
  internal: [500, "Something broke here"],
  keys_unavailable: [503, "Access tokens can't be checked just now"],
} as const satisfies Record<string, readonly [number, string]>;

export type ProblemCode = keyof typeof TITLES;

export interface ProblemDetails {
  readonly detail?: string;
  readonly fields?: readonly FieldProblem[];
  readonly headers?: Readonly<Record<string, string>>;
}

/** @see RFC 9457 */
export function problem(c: Context, code: ProblemCode, { headers, ...more }: ProblemDetails = {}): Response {
  const [status, title] = TITLES[code];
  return c.body(JSON.stringify({ type: "about:blank", title, status, code, ...more }), status, {
    "content-type": "application/problem+json",
    "cache-control": "no-store",
    ...headers,
  });
}
