import type { CoatcheckClient } from "@coatcheck/client";
import { useClient } from "./use-client.ts";

/** Leaves for the sign-in page and comes back here, or to `returnTo`. */
export function useLogin(): CoatcheckClient["login"] {
  return useClient().login;
}
