import type { WaitingCall } from "@coatcheck/client";
import { useSyncExternalStore } from "react";
import { useClient } from "./use-client.ts";

/** The calls that go on after a sign-in, where the client was created with `keepCalls`; renders again when they change. */
export function useWaitingCalls(): readonly WaitingCall[] {
  const { waiting } = useClient();
  return useSyncExternalStore(waiting.subscribe, waiting.get, waiting.get);
}
