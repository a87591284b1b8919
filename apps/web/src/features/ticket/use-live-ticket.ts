import type { SignedInView } from "@coatcheck/client";
import { useIsMutating } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useCallsUnderWay } from "./call-watch-context.ts";
import { describeTicket, describeTornTicket, type LiveTicketModel } from "./ticket-model.ts";
import { isInRenewalWindow, learnTokenLife, type TokenLife } from "./token-life.ts";
import { useServerNow } from "./use-server-now.ts";

/** Long enough to be read; a renewal usually takes less. */
const SHOW_RENEWING_MS = 1500;

/** The mutation key of calls that renew the token on purpose. */
export const RENEWING = ["renew"] as const;

/**
 * The live ticket of the person who is signed in, or was: torn, where the session has ended.
 *
 * It only counts: coat number and instants come with the session, which every tab of the browser shares.
 */
export function useLiveTicket(view: SignedInView, isEnded: boolean): LiveTicketModel {
  const now = useServerNow();
  const [life, setLife] = useState<TokenLife>(() => learnTokenLife(undefined, view));
  const learnt = learnTokenLife(life, view);
  if (learnt !== life) setLife(learnt);

  const callsUnderWay = useCallsUnderWay();
  const canRenew = view.refresh === "possible" && isInRenewalWindow(learnt, now);
  const isRenewing = useHeld(useIsMutating({ mutationKey: RENEWING }) > 0 || (canRenew && callsUnderWay > 0));
  return isEnded ? describeTornTicket(view, now) : describeTicket(view, learnt, now, isRenewing);
}

/** Keeps a short `true` visible for a moment. */
function useHeld(value: boolean): boolean {
  const [held, setHeld] = useState(value);
  if (value && !held) setHeld(true);
  useEffect(() => {
    if (value || !held) return undefined;
    const timer = setTimeout(() => setHeld(false), SHOW_RENEWING_MS);
    return () => clearTimeout(timer);
  }, [value, held]);
  return held;
}
