import type { LoginOutcome } from "../sign-in/finish-login.ts";

/** What a sign-in yielded; fails unless it succeeded. */
export function signedInAs(outcome: LoginOutcome): Extract<LoginOutcome, { readonly kind: "signed_in" }> {
  if (outcome.kind !== "signed_in") throw new Error(JSON.stringify(outcome));
  return outcome;
}
