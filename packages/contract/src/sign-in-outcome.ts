import { oneOf } from "./schema.ts";

/**
 * The query parameter by which the SPA is told how a sign-in failed, or what is to be known of it (`/?signin=declined`).
 *
 * Show it where the session is anonymous (`place_lost` also where it isn't), and remove it from the address; anybody can
 * write such a link.
 */
export const SIGN_IN_PARAMETER = "signin";

/** Beside it, or alone, in the address of a window that was opened to sign in: the page there says so and closes itself. */
export const SIGN_IN_WINDOW_PARAMETER = "signin-window";

/**
 * - `declined`: the person said no.
 * - `not_allowed`: the provider doesn't let this person, or this application, in.
 * - `login_required`: the provider could not sign them in without asking them.
 * - `step_up_failed`: the person could not be authenticated as strongly as was asked.
 * - `invalid_scope`: the provider doesn't grant what the application asks for; the operator's matter.
 * - `misconfigured`: the application isn't as the provider wants it; the operator's matter.
 * - `failed`: the provider's answer didn't pass a check; nothing of it was used.
 * - `expired`: the sign-in took too long, or was begun in another browser.
 * - `unavailable`: the provider could not be reached at the last step.
 * - `too_large`: the provider's answer doesn't fit into a session cookie.
 * - `needed`: a link that needs a signed-in person led here, a download for example.
 * - `place_lost`: the sign-in went well, but the address to return to was too long to be kept.
 */
export const SIGN_IN_OUTCOMES = [
  "declined",
  "not_allowed",
  "login_required",
  "step_up_failed",
  "invalid_scope",
  "misconfigured",
  "failed",
  "expired",
  "unavailable",
  "too_large",
  "needed",
  "place_lost",
] as const;

export type SignInOutcome = (typeof SIGN_IN_OUTCOMES)[number];

export const signInOutcomeSchema = oneOf(...SIGN_IN_OUTCOMES);
