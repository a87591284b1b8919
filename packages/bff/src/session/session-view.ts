import type { AnonymousReason, LiveGlimpse, SessionGlimpse, SessionView } from "@coatcheck/contract";
import { tokenInstants } from "@coatcheck/tokens";
import type { Parts } from "../parts.ts";
import type { SessionValue } from "./session-value.ts";

/** A session, or why nobody is signed in. */
interface Seen {
  readonly value: SessionValue | undefined;
  readonly reason: AnonymousReason;
}

type GlimpseParts = Pick<Parts, "providers" | "fingerprints" | "nowMs">;

/** What the SPA may know of a session: never a token, never a claim that wasn't allow-listed. */
export async function toSessionView(
  { value, reason }: Seen,
  parts: GlimpseParts & Pick<Parts, "extensions">,
): Promise<SessionView> {
  if (value === undefined) return { state: "anonymous", reason, now: parts.nowMs() };
  const glimpse = await toLiveGlimpse(value, parts);
  const userKey = await parts.fingerprints.userKey(value.iss, value.sub);
  return {
    ...glimpse,
    user: value.user,
    userKey,
    signedInAt: value.createdAt,
    ...(value.provider === undefined ? {} : { provider: value.provider }),
    ...(value.authorizationDetails === undefined
      ? {}
      : { authorizationDetails: [...value.authorizationDetails] }),
    refresh: value.grant.refreshToken === undefined ? "none" : "possible",
    ...(parts.extensions.length === 0 ? {} : { extensions: [...parts.extensions] }),
  };
}

/** What of it may have changed with a call: no claim. */
export function toSessionGlimpse(
  { value, reason }: Seen,
  parts: GlimpseParts,
): SessionGlimpse | Promise<SessionGlimpse> {
  return value === undefined
    ? { state: "anonymous", reason, now: parts.nowMs() }
    : toLiveGlimpse(value, parts);
}

function toLiveGlimpse(value: SessionValue, parts: GlimpseParts): LiveGlimpse | Promise<LiveGlimpse> {
  const ticket = parts.fingerprints.ticket(value.sid);
  return ticket instanceof Promise
    ? ticket.then((made) => describeLive(value, made, parts))
    : describeLive(value, ticket, parts);
}

function describeLive(value: SessionValue, ticket: string, { providers, nowMs }: GlimpseParts): LiveGlimpse {
  // The provider's, where it has one: it moves with each refresh.
  const limit = value.grant.refreshExpiresAt ?? Number.POSITIVE_INFINITY;
  const { issuedAt, expiresAt } = tokenInstants(value.grant);
  // When the provider last gave this session something, at whichever process.
  const provenAt = Math.max(value.createdAt, issuedAt);
  return {
    state: providers.of(value).keeper.isDegraded(value.sid, provenAt) ? "degraded" : "active",
    ticket,
    generation: value.grant.generation,
    now: nowMs(),
    idleDeadline: Math.min(value.idleDeadline, limit),
    absoluteDeadline: Math.min(value.absoluteDeadline, limit),
    // Of the token that is in use: each refresh brings one, for one resource, and leaves the others to expire.
    accessTokenExpiresAt: expiresAt,
  };
}
