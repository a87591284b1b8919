/**
 * The browser half without a framework: who is signed in, API calls without a token, signing in and out.
 *
 * @example
 * ```ts
 * const client = createClient();
 *
 * client.session.subscribe(() => {
 *   const session = client.session.get();
 *   document.title = isSignedIn(session) ? `Notes of ${session.user.name}` : "Signed out";
 * });
 * client.onPersonChange(() => location.reload());
 * client.start();
 * ```
 *
 * @module
 */
export { createClient, type ClientOptions, type CoatcheckClient } from "./client.ts";
export { CoatcheckError, type CoatcheckErrorCode, type CoatcheckErrorDetails } from "./coatcheck-error.ts";
export type { Page } from "./page.ts";
export { readRetryAfter } from "./problem-answer.ts";
export { isSignedIn, type PersonChange, type SessionState } from "./session-store.ts";
export type { AnonymousReason, SessionView, SignedInView, SignInOutcome } from "@coatcheck/contract";
export type { Arrival, LoginOptions, SignInResult } from "./sign-in.ts";
export type { UserClaims } from "./user-claims.ts";
export type { WaitingCall, WaitingCalls } from "./waiting-calls.ts";
