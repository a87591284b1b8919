import type { SessionState } from "@coatcheck/client";
import { useSyncExternalStore } from "react";
import { useClient } from "./use-client.ts";

/** What this tab knows of the session; renders again when it changes. */
export function useSession(): SessionState {
  const { session } = useClient();
  return useSyncExternalStore(session.subscribe, session.get, session.get);
}
