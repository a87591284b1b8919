import { createContext, use, useSyncExternalStore } from "react";
import type { CallWatch } from "./call-watch.ts";

/** Carries the page's call watch. */
export const CallWatchContext = createContext<CallWatch | undefined>(undefined);

/** How many calls that may renew the token are under way. */
export function useCallsUnderWay(): number {
  const watch = use(CallWatchContext);
  if (watch === undefined) throw new Error("There is no <CallWatchContext> above this component.");
  return useSyncExternalStore(watch.subscribe, watch.underWay);
}
