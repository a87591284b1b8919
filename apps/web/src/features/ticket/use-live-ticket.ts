import type { SignedInView } from "@coatcheck/contract";
import { useClient } from "@coatcheck/react";
import { useIsMutating } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useCalls } from "./call-watch-context.ts";
import { describeTicket, type LiveTicketModel } from "./ticket-model.ts";
import { isInRenewalWindow, learnTokenLife, type TokenLife } from "./token-life.ts";
import { useServerNow } from "./use-server-now.ts";

/** Long enough to be read; a renewal usually takes less. */
const SHOW_RENEWING_MS = 1500;

/** The mutation key of calls that renew the token on purpose. */
export const RENEWING = ["renew"] as const;

/**
 * The live ticket of the person who is signed in.
 *
 * The page never asks for a renewal of its own: it notices that a call has ended at a time when calls renew the token, and
 * then asks the counter for the coat number.
 */
export function useLiveTicket(view: SignedInView): LiveTicketModel {
  const client = useClient();
  const now = useServerNow();
  const [life, setLife] = useState<TokenLife>(() =>
    learnTokenLife(undefined, view.accessTokenExpiresAt, now),
  );
  const learnt = learnTokenLife(life, view.accessTokenExpiresAt, now);
  if (learnt !== life) setLife(learnt);

  const { underWay, ended } = useCalls();
  const canRenew = view.refresh === "possible" && isInRenewalWindow(learnt, now);
  const renewing = useHeld(useIsMutating({ mutationKey: RENEWING }) > 0 || (canRenew && underWay > 0));

  const lookedAfter = useRef(ended);
  useEffect(() => {
    if (lookedAfter.current === ended) return;
    // The first call of a page may bring an API's own token, which is a new coat, too.
    const isFirst = lookedAfter.current === 0;
    lookedAfter.current = ended;
    if (canRenew || isFirst) void client.session.check();
  }, [ended, canRenew, client]);

  return describeTicket(view, learnt, now, renewing);
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
