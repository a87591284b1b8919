import type { Grant } from "../grant/grant.ts";
import type { SessionRef } from "../grant/session-ref.ts";
import type { Refresh } from "../refresh/refreshes.ts";
import type { Unavailable } from "./token-keeper.ts";

/** One visit, and what it set off. */
export interface VisitState {
  /** As shown, with the access tokens that the ledger keeps for it as soon as they were needed. */
  session: SessionRef;
  /** They are being fetched, or were. */
  completing?: Promise<Unavailable | undefined>;
  /** The newest grant that came of a refresh which this visit led. */
  ledGrant?: Grant;
  /** The refresh beside this visit's call. */
  besideCall?: Refresh;
  /** A refresh that this visit knows of may have moved the tip. */
  hasRefreshed: boolean;
}

/** Takes note of a refresh that this visit joined, or started (`isOwn`). */
export function noteRefresh(visit: VisitState, refresh: Refresh, isOwn: boolean): void {
  visit.hasRefreshed = true;
  if (!isOwn) return;
  if (refresh.task.mode === "window") visit.besideCall = refresh;
  void refresh.result.then((result) => {
    if (result.kind !== "advanced" || result.how !== "led") return;
    if ((visit.ledGrant?.generation ?? -1) < result.grant.generation) visit.ledGrant = result.grant;
  });
}
