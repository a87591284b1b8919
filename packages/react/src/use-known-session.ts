import type { SessionView } from "@coatcheck/client";
import { useClient } from "./use-client.ts";
import { useSession } from "./use-session.ts";

/** What the server said last of the session, also while it can't be reached. */
export function useKnownSession(): SessionView | undefined {
  useSession();
  return useClient().session.known();
}
