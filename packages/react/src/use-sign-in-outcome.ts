import { isSignedIn } from "@coatcheck/client";
import type { SignInOutcome } from "@coatcheck/client";
import { useClient } from "./use-client.ts";
import { useSession } from "./use-session.ts";

/**
 * How a sign-in failed that came back to this page (`?signin=declined`); the address is cleaned by then. `undefined` where
 * none did, and once somebody is signed in.
 */
export function useSignInOutcome(): SignInOutcome | undefined {
  const client = useClient();
  const session = useSession();
  return isSignedIn(session) ? undefined : client.arrival().outcome;
}
