import { waitAtMost } from "../deadline.ts";
import type { Grant } from "../grant/grant.ts";
import type { SessionRef } from "../grant/session-ref.ts";
import { isGood, phaseOf } from "../grant/token-phase.ts";
import type { RefreshParts, RefreshTask } from "../refresh/refresh-task.ts";
import type { Refreshes } from "../refresh/refreshes.ts";
import type { EndedSessions } from "./ended-sessions.ts";
import type { ObtainGrant } from "./obtain-grant.ts";
import type { FreshOutcome } from "./token-keeper.ts";
import { noteRefresh, type VisitState } from "./visit-state.ts";

/** What a call with a living token waits for the ledger before it goes on without. */
const WINDOW_LEDGER_MS = 250;

export interface EnsureFreshParts {
  readonly obtainGrant: ObtainGrant;
  readonly refreshes: Refreshes;
  readonly ended: EndedSessions;
  readonly acknowledgeLater: (session: SessionRef) => void;
  readonly refuseStale: (session: SessionRef) => Promise<FreshOutcome>;
}

export type EnsureFresh = (visit: VisitState, resource: string) => Promise<FreshOutcome>;

/** A token that lives a little longer: see `TokenVisit.ensureFresh`. */
export function createEnsureFresh(
  { obtainGrant, refreshes, ended, acknowledgeLater, refuseStale }: EnsureFreshParts,
  { policy, ports }: RefreshParts,
): EnsureFresh {
  function obtain(visit: VisitState, from: Grant, resource: string): Promise<FreshOutcome> {
    return obtainGrant(visit, from, {
      resource,
      trigger: "implicit",
      mayFallBack: true,
      accepts: (token) => isGood(token, ports.nowMs()),
    });
  }

  /** In the window: the token works, so nothing is waited for but a short look into the ledger. */
  async function refreshBeside(visit: VisitState, resource: string): Promise<FreshOutcome> {
    const { session } = visit;
    for (let tip = session.grant; ;) {
      const token = tip.accessTokens[resource];
      const phase = phaseOf(token, ports.nowMs(), policy.windowRefresh);
      if (token === undefined || phase === "must" || phase === "expired") return obtain(visit, tip, resource);
      const how = tip === session.grant ? "unchanged" : "replayed";
      const asIs: FreshOutcome = { kind: "fresh", grant: tip, accessToken: token.token, how };
      if (phase === "fresh" || refreshes.breaker.nextProbeInMs() > 0) return asIs;
      const joined = refreshes.find(session.sid, tip);
      if (joined !== undefined) {
        noteRefresh(visit, joined, false);
        return asIs;
      }
      const mayRepeatAmbiguous = policy.reuseGraceSeconds > 0;
      const task: RefreshTask = {
        session,
        tip,
        resource,
        mode: "window",
        trigger: "implicit",
        mayRepeatAmbiguous,
      };
      const leading = Promise.withResolvers<"leading">();
      const refresh = refreshes.start(task, () => leading.resolve("leading"));
      noteRefresh(visit, refresh, true);
      const first = Promise.race([leading.promise, refresh.result]);
      const timed = await waitAtMost(first, WINDOW_LEDGER_MS, ports);
      if (timed.kind === "timeout") return asIs;
      const result = timed.value;
      if (result === "leading") return { ...asIs, how: "window" };
      if (result.kind === "ended") return result;
      if (result.kind === "stale") return refuseStale(session);
      if (result.kind !== "advanced") return asIs;
      tip = result.grant;
    }
  }

  return async function ensureFresh(visit, resource) {
    const { session } = visit;
    const ending = ended.reasonOf(session);
    const reason = ending instanceof Promise ? await ending : ending;
    if (reason !== undefined) return { kind: "ended", reason };
    acknowledgeLater(session);
    const { grant } = session;
    const token = grant.accessTokens[resource];
    const phase = phaseOf(token, ports.nowMs(), policy.windowRefresh);
    if (token !== undefined && phase === "fresh") {
      return { kind: "fresh", grant, accessToken: token.token, how: "unchanged" };
    }
    if (grant.refreshToken === undefined) return useUntilExpiry(session, resource, ports.nowMs());
    return phase === "window" ? refreshBeside(visit, resource) : obtain(visit, grant, resource);
  };
}

/** A session without a refresh token lives as long as its tokens. */
export function useUntilExpiry({ grant }: SessionRef, resource: string, nowMs: number): FreshOutcome {
  const token = grant.accessTokens[resource];
  if (token !== undefined && token.expiresAt > nowMs) {
    return { kind: "fresh", grant, accessToken: token.token, how: "unchanged" };
  }
  const isAlive = Object.values(grant.accessTokens).some(({ expiresAt }) => expiresAt > nowMs);
  return isAlive ? { kind: "unobtainable" } : { kind: "ended", reason: "grant_ended" };
}
