import type { ProblemAnswer } from "../response/render-problem.ts";
import type { ObtainedToken } from "./request-session.ts";
import type { SessionValue } from "./session-value.ts";

/** What a route wants of a session beyond that somebody is signed in. */
export interface SessionDemands {
  /** Scopes that the access token must have; default: none. The page gets 403 `insufficient_scope` with what is missing. */
  readonly scopes?: readonly string[];
  /**
   * How long ago the person may have signed in at the provider (`auth_time`), seconds; default: however long. The page gets
   * 401 `step_up_required` and can begin such a sign-in. The provider's clock tolerance is added.
   *
   * @see RFC 9470
   */
  readonly maxAgeSeconds?: number;
}

/** The answer to a sign-in that is too long ago; one whose time the provider didn't tell is. */
export function unlessRecent(
  { authTime }: Pick<SessionValue, "authTime">,
  { maxAgeSeconds }: SessionDemands,
  clock: { readonly nowMs: number; readonly toleranceSeconds: number },
): ProblemAnswer | undefined {
  if (maxAgeSeconds === undefined) return undefined;
  const ageSeconds = clock.nowMs / 1_000 - (authTime ?? Number.NEGATIVE_INFINITY);
  return ageSeconds <= maxAgeSeconds + clock.toleranceSeconds
    ? undefined
    : { code: "step_up_required", maxAgeSeconds };
}

/** The answer to an access token that lacks scopes. */
export function unlessScoped(
  { grant }: ObtainedToken,
  resource: string,
  { scopes = [] }: SessionDemands,
): ProblemAnswer | undefined {
  if (scopes.length === 0) return undefined;
  const granted = grant.accessTokens[resource]?.scope.split(" ") ?? [];
  const missing = scopes.filter((scope) => !granted.includes(scope));
  return missing.length === 0 ? undefined : { code: "insufficient_scope", scope: missing.join(" ") };
}
