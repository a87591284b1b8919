import type { AnonymousReason, SessionView } from "@coatcheck/contract";
import type { Parts } from "../parts.ts";
import type { SessionValue } from "./session-value.ts";

/**
 * What the SPA may know of a session: never a token, never a claim that wasn't allow-listed.
 *
 * @param reason why nobody is signed in, if nobody is.
 */
export async function toSessionView(
  { value, reason }: { readonly value: SessionValue | undefined; readonly reason: AnonymousReason },
  {
    keeper,
    fingerprints,
    extensions,
    nowMs,
  }: Pick<Parts, "keeper" | "fingerprints" | "extensions" | "nowMs">,
): Promise<SessionView> {
  const now = nowMs();
  if (value === undefined) return { state: "anonymous", reason, now };
  const [userKey, ticket] = await Promise.all([
    fingerprints.userKey(value.iss, value.sub),
    fingerprints.ticket(value.sid),
  ]);
  return {
    state: keeper.isDegraded(value.sid, provenAt(value)) ? "degraded" : "active",
    user: value.user,
    userKey,
    ticket,
    generation: value.grant.generation,
    now,
    signedInAt: value.createdAt,
    idleDeadline: value.idleDeadline,
    absoluteDeadline: value.absoluteDeadline,
    accessTokenExpiresAt: newestExpiry(value),
    refresh: value.grant.refreshToken === undefined ? "none" : "possible",
    ...(extensions.length === 0 ? {} : { extensions: [...extensions] }),
  };
}

/** When the provider last gave this session something, at whichever process. */
function provenAt({ createdAt, grant }: SessionValue): number {
  return Math.max(createdAt, ...Object.values(grant.accessTokens).map(({ issuedAt }) => issuedAt));
}

/** The token that is in use: each refresh brings one, for one resource, and leaves the others to expire. */
function newestExpiry(value: SessionValue): number {
  return Math.max(0, ...Object.values(value.grant.accessTokens).map(({ expiresAt }) => expiresAt));
}
