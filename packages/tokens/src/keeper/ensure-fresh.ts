import type { SessionRef } from "../grant/session-ref.ts";
import type { Advance, Want } from "./advance-grant.ts";
import { waitAtMost } from "../deadline.ts";
import type { EndedSessions } from "./ended-sessions.ts";
import type { RefreshFlights } from "../refresh/refresh-flight.ts";
import type { RefreshTools } from "../refresh/refresh-order.ts";
import { noteFlight, type VisitNotes } from "./visit-notes.ts";
import type { FreshOutcome } from "./token-keeper.ts";
import { isGood, phaseOf } from "../grant/token-phase.ts";

/** What a call with a living token waits for the ledger before it goes on without. */
const WINDOW_LEDGER_MS = 250;

export interface EnsureFreshParts {
  readonly advance: Advance;
  readonly flights: RefreshFlights;
  readonly ended: EndedSessions;
  readonly acknowledgeLater: (session: SessionRef) => void;
  readonly refuseStale: (session: SessionRef) => Promise<FreshOutcome>;
}

export type EnsureFresh = (visit: VisitNotes, resource: string) => Promise<FreshOutcome>;

/** A token that lives a little longer: see `TokenVisit.ensureFresh`. */
export function createEnsureFresh(parts: EnsureFreshParts, tools: RefreshTools): EnsureFresh {
  const { flights } = parts;
  const { policy, ports } = tools;

  function toWant(resource: string): Want {
    return {
      resource,
      trigger: "implicit",
      mayFallBack: true,
      isEnough: ({ accessTokens }) => isGood(accessTokens[resource], ports.nowMs(), policy),
    };
  }

  /** In the window: the token works, so nothing is waited for but a short look into the ledger. */
  async function refreshBeside(visit: VisitNotes, resource: string): Promise<FreshOutcome> {
    const { session } = visit;
    for (let tip = session.grant; ;) {
      const token = tip.accessTokens[resource];
      const phase = phaseOf(token, ports.nowMs(), policy);
      if (token === undefined || phase === "must" || phase === "expired") {
        return parts.advance(visit, tip, toWant(resource));
      }
      const how = tip === session.grant ? "unchanged" : "replayed";
      const asIs: FreshOutcome = { kind: "fresh", grant: tip, accessToken: token.token, how };
      if (phase === "fresh" || tools.breaker.nextProbeInMs() > 0) return asIs;
      const joined = flights.find(session.sid, tip);
      if (joined !== undefined) {
        noteFlight(visit, joined, false);
        return asIs;
      }
      const flight = flights.start({
        session,
        tip,
        resource,
        mode: "window",
        trigger: "implicit",
        mayRepeatAmbiguous: policy.reuseGraceSeconds > 0,
      });
      noteFlight(visit, flight, true);
      const timed = await waitAtMost(flight.turn, WINDOW_LEDGER_MS, ports);
      if (timed.kind === "timeout") return asIs;
      const turn = timed.value;
      if (turn === "leading") return { ...asIs, how: "window", background: flight.recorded };
      if (turn.kind === "ended") return turn;
      if (turn.kind === "stale") return parts.refuseStale(session);
      if (turn.kind !== "advanced") return asIs;
      tip = turn.grant;
    }
  }

  return async function ensureFresh(visit, resource) {
    const { session } = visit;
    const keys = await tools.addresses.keysOf(session);
    const reason = parts.ended.reasonOf(keys, session.idTokenIat);
    if (reason !== undefined) return { kind: "ended", reason };
    parts.acknowledgeLater(session);
    const { grant } = session;
    const token = grant.accessTokens[resource];
    const phase = phaseOf(token, ports.nowMs(), policy);
    if (token !== undefined && phase === "fresh") {
      return { kind: "fresh", grant, accessToken: token.token, how: "unchanged" };
    }
    if (grant.refreshToken === undefined) return useUntilExpiry(session, resource, ports.nowMs());
    if (phase === "window") return refreshBeside(visit, resource);
    return parts.advance(visit, grant, toWant(resource));
  };
}

/** A session without a refresh token lives as long as its tokens. */
export function useUntilExpiry(session: SessionRef, resource: string, nowMs: number): FreshOutcome {
  const { grant } = session;
  const token = grant.accessTokens[resource];
  if (token !== undefined && token.expiresAt > nowMs) {
    return { kind: "fresh", grant, accessToken: token.token, how: "unchanged" };
  }
  const last = Math.max(0, ...Object.values(grant.accessTokens).map(({ expiresAt }) => expiresAt));
  if (last <= nowMs) return { kind: "ended", reason: "grant_ended" };
  const retryAfterSeconds = Math.ceil((last - nowMs) / 1_000);
  return { kind: "unavailable", code: "refresh_unavailable", retryAfterSeconds };
}
