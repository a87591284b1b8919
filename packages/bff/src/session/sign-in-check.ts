import { USER_HEADER } from "@coatcheck/contract";
import type { Fingerprints } from "../fingerprints.ts";
import { problem } from "../request/answer.ts";
import type { Answer } from "../request/answer.ts";
import type { Exchange } from "../request/exchange.ts";
import { noSession } from "./token-access.ts";
import type { Access, SignedIn } from "./token-access.ts";

const RETRY_AFTER_SECONDS = 5;

/** The answer while the ledger can't be asked whether the session is over: a sign-in may not be needed at all. */
export function unknownSession(): Answer {
  return problem({ code: "ledger_unavailable", retryAfterSeconds: RETRY_AFTER_SECONDS });
}

/**
 * Opens the session of a request that needs one, and refuses a page that was rendered for somebody else.
 *
 * Nothing outside is contacted: a tab of one person never writes as another.
 */
export async function requireSignedIn(
  exchange: Exchange,
  fingerprints: Fingerprints,
): Promise<Access<SignedIn>> {
  const visit = await exchange.openSession();
  if (visit.isUnknown) return { kind: "denied", answer: unknownSession() };
  if (visit.session === undefined || visit.ref === undefined || visit.tokens === undefined)
    return { kind: "denied", answer: noSession(visit) };
  const shownFor = exchange.headers.get(USER_HEADER);
  if (
    shownFor !== undefined &&
    shownFor !== (await fingerprints.userKey(visit.session.iss, visit.session.sub))
  ) {
    return { kind: "denied", answer: problem({ code: "user_changed" }) };
  }
  return { kind: "granted", value: { visit, ref: visit.ref, tokens: visit.tokens } };
}
