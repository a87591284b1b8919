import type { AnonymousReason, SessionView } from "@coatcheck/contract";
import type { Parts } from "../parts.ts";
import type { SessionValue } from "./session-value.ts";

/**
 * What the SPA may know of a session: never a token, never a claim that wasn't allow-listed.
 *
 * @param reason why nobody is signed in, if nobody is.
 */
export async function toSessionView(
  { session, reason }: { readonly session: SessionValue | undefined; readonly reason: AnonymousReason },
  { keeper, fingerprints, extensions, nowMs }: Parts,
): Promise<SessionView> {
  const now = nowMs();
  if (session === undefined) return { state: "anonymous", reason, now };
  const [userKey, ticket] = await Promise.all([
    fingerprints.userKey(session.iss, session.sub),
    fingerprints.ticket(session.sid),
  ]);
  return {
    state: keeper.isDegraded(session.sid, provenAt(session)) ? "degraded" : "active",
    user: session.user,
    userKey,
    ticket,
    generation: session.grant.generation,
    now,
    signedInAt: session.createdAt,
    idleDeadline: session.idleDeadline,
    absoluteDeadline: session.absoluteDeadline,
    accessTokenExpiresAt: newestExpiry(session),
    refresh: session.grant.refreshToken === undefined ? "none" : "possible",
    ...(extensions.length === 0 ? {} : { extensions: [...extensions] }),
  };
}

/** When the provider last gave this session something, at whichever process. */
function provenAt({ createdAt, grant }: SessionValue): number {
  return Math.max(createdAt, ...Object.values(grant.accessTokens).map(({ issuedAt }) => issuedAt));
}

/** The provider's own token where there is one, else the one that lives longest. */
function newestExpiry(session: SessionValue): number {
  const { accessTokens } = session.grant;
  return (
    accessTokens[""]?.expiresAt ?? Math.max(0, ...Object.values(accessTokens).map((token) => token.expiresAt))
  );
}
