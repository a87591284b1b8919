import { type Infer, array, looseObject, number, object, oneOf, optional, string, union } from "./schema.ts";

import { anonymousReasonSchema } from "./anonymous-reason.ts";

const signedIn = {
  /** The allow-listed claims of the ID token: `sub` and, where the provider gives them, `name`, `email`, `picture` ... */
  user: looseObject({ sub: string, name: optional(string) }),
  /** Fingerprint of (`iss`, `sub`): the value of `X-Coatcheck-User`. */
  userKey: string,
  /** Four decimal digits from a keyed fingerprint of the session id; a new one at each sign-in. */
  ticket: string,
  /** The coat number: raised by every successful refresh. */
  generation: number,
  /** Instants are milliseconds since the epoch by the server's clock; `now` is that clock when it answered. */
  now: number,
  signedInAt: number,
  idleDeadline: number,
  absoluteDeadline: number,
  accessTokenExpiresAt: number,
  refresh: oneOf("possible", "none"),
  /** Name of the provider that they signed in at, where it isn't the default one of several. */
  provider: optional(string),
  /** What the provider granted in detail at sign-in (RFC 9396); absent where nothing was asked for. */
  authorizationDetails: optional(array(looseObject({ type: string }))),
  /** Names of what the server has beyond the counter itself (`DEMO_EXTENSION`); absent where there is nothing. */
  extensions: optional(array(string)),
};

/**
 * What `GET /bff/session` answers, always with status 200: a union discriminated by `state`.
 *
 * `degraded` is `active` while the provider can't be reached: the token works until `accessTokenExpiresAt`.
 */
export const sessionViewSchema = union(
  object({ state: oneOf("active"), ...signedIn }),
  object({ state: oneOf("degraded"), ...signedIn }),
  object({ state: oneOf("anonymous"), reason: anonymousReasonSchema, now: number }),
);

export type SessionView = Infer<typeof sessionViewSchema>;
export type SignedInView = Extract<SessionView, { state: "active" | "degraded" }>;
export type AnonymousView = Extract<SessionView, { state: "anonymous" }>;
