import { USER_HEADER } from "@coatcheck/contract";
import type { Fingerprints } from "../fingerprints.ts";
import type { BffRequest } from "../request/bff-request.ts";
import type { ProblemAnswer } from "../response/render-problem.ts";
import { noSession } from "./request-session.ts";
import type { Access, RequestSession } from "./request-session.ts";
import type { SessionValue } from "./session-value.ts";

/** A session that may act: signed in, and the person for whom the page was rendered. */
export type SignedInSession = RequestSession & { readonly value: SessionValue };

/** Not `no_session`: the session may well be alive, and then a sign-in would be for nothing. */
export const SESSION_UNKNOWN: ProblemAnswer = { code: "ledger_unavailable", retryAfterSeconds: 5 };

/**
 * Lets a session act for a request, and refuses a page that was rendered for somebody else.
 *
 * Nothing outside is contacted: a tab of one person never writes as another.
 */
export function requireSignedIn(
  session: RequestSession,
  { headers }: Pick<BffRequest, "headers">,
  fingerprints: Pick<Fingerprints, "userKey">,
): Access<SignedInSession> | Promise<Access<SignedInSession>> {
  if (session.isUnknown) return { kind: "denied", problem: SESSION_UNKNOWN };
  if (!isSignedIn(session)) return noSession(session.reason);
  const granted: Access<SignedInSession> = { kind: "granted", value: session };
  const shownFor = headers.get(USER_HEADER);
  if (shownFor === undefined) return granted;
  const judge = (userKey: string): Access<SignedInSession> =>
    shownFor === userKey ? granted : { kind: "denied", problem: { code: "user_changed" } };
  const userKey = fingerprints.userKey(session.value.iss, session.value.sub);
  return userKey instanceof Promise ? userKey.then(judge) : judge(userKey);
}

function isSignedIn(session: RequestSession): session is SignedInSession {
  return session.value !== undefined;
}
