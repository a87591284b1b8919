import * as z from "zod/mini";
import { anonymousReasonSchema } from "./anonymous-reason.ts";

const signedIn = {
  /** The allow-listed claims of the ID token: `sub` and, where the provider gives them, `name`, `email`, `picture` ... */
  user: z.looseObject({ sub: z.string(), name: z.optional(z.string()) }),
  /** Fingerprint of (`iss`, `sub`): the value of `X-Coatcheck-User`. */
  userKey: z.string(),
  /** Four decimal digits from a keyed fingerprint of the session id; a new one at each sign-in. */
  ticket: z.string(),
  /** The coat number: raised by every successful refresh. */
  generation: z.number(),
  /** Instants are milliseconds since the epoch by the server's clock; `now` is that clock when it answered. */
  now: z.number(),
  signedInAt: z.number(),
  idleDeadline: z.number(),
  absoluteDeadline: z.number(),
  accessTokenExpiresAt: z.number(),
  refresh: z.enum(["possible", "none"]),
  /** Names of what the server has beyond the counter itself (`DEMO_EXTENSION`); absent where there is nothing. */
  extensions: z.optional(z.array(z.string())),
};

/**
 * What `GET /bff/session` answers, always with status 200: a union discriminated by `state`.
 *
 * `degraded` is `active` while the provider can't be reached: the token works until `accessTokenExpiresAt`.
 */
export const sessionViewSchema = z.discriminatedUnion("state", [
  z.object({ state: z.literal("active"), ...signedIn }),
  z.object({ state: z.literal("degraded"), ...signedIn }),
  z.object({ state: z.literal("anonymous"), reason: anonymousReasonSchema, now: z.number() }),
]);

export type SessionView = z.infer<typeof sessionViewSchema>;
export type SignedInView = Extract<SessionView, { state: "active" | "degraded" }>;
export type AnonymousView = Extract<SessionView, { state: "anonymous" }>;
