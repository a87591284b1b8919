import type { AnonymousReason, SessionView } from "@coatcheck/contract";
import type { Fingerprints } from "../fingerprints.ts";
import type { SessionValue } from "./session-value.ts";

export interface SessionViewFacts {
  readonly nowMs: number;
  readonly isProviderDown: boolean;
  /** Why nobody is signed in, if nobody is. */
  readonly reason: AnonymousReason;
}

/** What the SPA may know of a session: never a token, never a claim that wasn't allow-listed. */
export async function toSessionView(
  session: SessionValue | undefined,
  facts: SessionViewFacts,
  fingerprints: Fingerprints,
): Promise<SessionView> {
  if (session === undefined) return { state: "anonymous", reason: facts.reason, now: facts.nowMs };
  const [userKey, ticket] = await Promise.all([
    fingerprints.userKey(session.iss, session.sub),
    fingerprints.ticket(session.sid),
  ]);
  return {
    state: facts.isProviderDown ? "degraded" : "active",
    user: session.user,
    userKey,
    ticket,
    generation: session.grant.generation,
    now: facts.nowMs,
    signedInAt: session.createdAt,
    idleDeadline: session.idleDeadline,
    absoluteDeadline: session.absoluteDeadline,
    accessTokenExpiresAt: newestExpiry(session),
    refresh: session.grant.refreshToken === undefined ? "none" : "possible",
  };
}

/** The provider's own token where there is one, else the one that lives longest. */
function newestExpiry(session: SessionValue): number {
  const { accessTokens } = session.grant;
  return (
    accessTokens[""]?.expiresAt ?? Math.max(0, ...Object.values(accessTokens).map((token) => token.expiresAt))
  );
}
