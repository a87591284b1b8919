import { oneOf } from "./schema.ts";

/**
 * The query parameter by which the callback tells the SPA how a sign-in failed (`/?signin=declined`).
 *
 * Show it where the session is anonymous, and remove it from the address; anybody can write such a link.
 */
export const SIGN_IN_PARAMETER = "signin";

/**
 * - `declined`: the person said no, or the provider could not sign them in.
 * - `failed`: the provider's answer didn't pass a check; nothing of it was used.
 * - `expired`: the sign-in took too long, or was begun in another browser.
 * - `unavailable`: the provider could not be reached at the last step.
 * - `too_large`: the provider's answer doesn't fit into a session cookie.
 */
export const SIGN_IN_OUTCOMES = ["declined", "failed", "expired", "unavailable", "too_large"] as const;

export type SignInOutcome = (typeof SIGN_IN_OUTCOMES)[number];

export const signInOutcomeSchema = oneOf(...SIGN_IN_OUTCOMES);
