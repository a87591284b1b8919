import type { CoatcheckClient } from "@coatcheck/client";
import { useClient } from "./use-client.ts";

/** Signs out in all tabs; `provider`: at the provider, too; `everywhere`: in all other browsers, too. */
export function useLogout(): CoatcheckClient["logout"] {
  return useClient().logout;
}
