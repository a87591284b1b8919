import { USER_HEADER } from "@coatcheck/contract";
import type { OpenedSession } from "@coatcheck/session";
import type { Parts } from "../parts.ts";
import type { BffRequest } from "../request/bff-request.ts";
import type { ProblemAnswer } from "../response/render-problem.ts";
import { anonymousReason } from "../session/request-session.ts";
import { sessionRef } from "../session/session-value.ts";
import type { SessionValue } from "../session/session-value.ts";

/**
 * Ends all sessions of whoever is signed in, in all browsers. A session that is over acts for nobody.
 *
 * They end by a tombstone whose time is the provider's, of the latest ID token that is known: the next sign-in is later by
 * the same clock. Without that, a provider whose clock is behind ours could sign nobody in for a while.
 *
 * @param newest of the sessions that the request shows
 * @returns why nothing was ended; `undefined`: they are
 */
export async function endEverywhere(
  newest: OpenedSession<SessionValue> | undefined,
  { headers, arrivedAt }: Pick<BffRequest, "headers" | "arrivedAt">,
  { providers, listing, fingerprints, nowMs }: Parts,
): Promise<ProblemAnswer | undefined> {
  if (newest === undefined) return { code: "no_session", reason: "none" };
  const { value } = newest;
  const { iss, sub } = value;
  const { keeper, config } = providers.of(value);
  if (newest.isPastIdleDeadline) return { code: "no_session", reason: "idle_timeout" };
  const over = await keeper.isEnded(sessionRef(value, arrivedAt));
  if (over !== undefined) return { code: "no_session", reason: anonymousReason(over) };
  const shownFor = headers.get(USER_HEADER);
  if (shownFor !== undefined && shownFor !== (await fingerprints.userKey(iss, sub)))
    return { code: "user_changed" };
  const earlier = Math.floor(nowMs() / 1_000) - config.clockToleranceSeconds;
  const iat = Math.max(value.idTokenIat, earlier);
  const outcome = await (listing.of(value)?.endAll({ iss, sub }, iat) ?? keeper.endBy({ iss, sub, iat }));
  return outcome.kind === "ended"
    ? undefined
    : { code: outcome.code, retryAfterSeconds: outcome.retryAfterSeconds };
}
