import type { CoatcheckClient } from "@coatcheck/client";
import { useClient } from "./use-client.ts";

/** Signs out in all tabs; `provider: true` signs out at the provider, too. */
export function useLogout(): CoatcheckClient["logout"] {
  return useClient().logout;
}
