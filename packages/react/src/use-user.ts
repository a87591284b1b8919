import { isSignedIn, type UserClaims } from "@coatcheck/client";
import { useKnownSession } from "./use-known-session.ts";

/**
 * The claims of the person who is signed in; `undefined` where nobody is.
 *
 * Type them once for the whole app (`declare module "@coatcheck/client" { interface UserClaims { email: string } }`) or
 * here (`useUser<{ email: string }>()`). Either is a promise of yours: the server sends what it is configured to send.
 */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller names the claims
export function useUser<Claims = UserClaims>(): (Claims & UserClaims & Record<string, unknown>) | undefined {
  const known = useKnownSession();
  return known && isSignedIn(known)
    ? (known.user as Claims & UserClaims & Record<string, unknown>)
    : undefined;
}
