import type { CoatcheckClient } from "@coatcheck/client";
import { useClient } from "./use-client.ts";

/** Signs in in a window, while the page stays as it is. Call it in the handler of a click. */
export function useSignIn(): CoatcheckClient["signIn"] {
  return useClient().signIn;
}

/** Asks for the fresher or stronger sign-in that waiting calls need, in a window. @see RFC 9470 */
export function useStepUp(): CoatcheckClient["stepUp"] {
  return useClient().stepUp;
}
