import { createContext, use, useSyncExternalStore } from "react";
import type { Calls, CallWatch } from "./call-watch.ts";

/** Carries the page's call watch. */
export const CallWatchContext = createContext<CallWatch | undefined>(undefined);

/** The calls that may renew the token, as they begin and end. */
export function useCalls(): Calls {
  const watch = use(CallWatchContext);
  if (watch === undefined) throw new Error("There is no <CallWatchContext> above this component.");
  return useSyncExternalStore(watch.subscribe, watch.get);
}
