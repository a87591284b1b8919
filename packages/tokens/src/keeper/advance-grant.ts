import type { SessionRef } from "../grant/session-ref.ts";
import { pause, waitAtMost } from "../deadline.ts";
import type { Grant } from "../grant/grant.ts";
import type { RefreshFlights } from "../refresh/refresh-flight.ts";
import type { RefreshResult, RefreshTools } from "../refresh/refresh-order.ts";
import { noteFlight, type VisitNotes } from "./visit-notes.ts";
import { phaseOf } from "../grant/token-phase.ts";
import type { FreshOutcome } from "./token-keeper.ts";

/** What a request wants of a refresh that it waits for. */
export interface Want {
  readonly resource: string;
  readonly trigger: "implicit" | "explicit";
  /** The token of this newer grant will do. Whatever this request led itself will. */
  isEnough(grant: Grant, how: "led" | "joined" | "replayed"): boolean;
  /** The old token is still good for something, if no newer one can be had. */
  readonly mayFallBack: boolean;
}

export type Advance = (visit: VisitNotes, from: Grant, want: Want) => Promise<FreshOutcome>;

const LOOK_AGAIN_MS = 50;

/** Moves a request on to a newer grant: joins, replays, leads, one generation after the other, for 10 s at most. */
export function createAdvance(
  flights: RefreshFlights,
  onStale: (session: SessionRef) => Promise<FreshOutcome>,
  tools: RefreshTools,
): Advance {
  const { policy, ports } = tools;

  return async function advance(visit, from, want) {
    const { session } = visit;
    const begunAt = ports.monotonicMs();
    const giveUpAt = begunAt + policy.requestWaitMs;
    let tip = from;

    function fallBack(code: "refresh_unavailable" | "ledger_unavailable", retryInMs: number): FreshOutcome {
      const token = tip.accessTokens[want.resource];
      if (want.mayFallBack && token !== undefined && token.expiresAt > ports.nowMs()) {
        return { kind: "fresh", grant: tip, accessToken: token.token, how: "unchanged" };
      }
      return { kind: "unavailable", code, retryAfterSeconds: Math.max(1, Math.ceil(retryInMs / 1_000)) };
    }

    for (;;) {
      const joined = flights.find(session.sid, tip);
      const hasExpired = phaseOf(tip.accessTokens[want.resource], ports.nowMs(), policy) === "expired";
      const mayRepeatAmbiguous = hasExpired || policy.reuseGraceSeconds > 0;
      const flight =
        joined ??
        flights.start({
          session,
          tip,
          resource: want.resource,
          mode: "must",
          trigger: want.trigger,
          mayRepeatAmbiguous,
        });
      const isOwn = joined === undefined;
      const isUnderWay = !flight.isOver();
      noteFlight(visit, flight, isOwn);
      const timed = await waitAtMost(flight.result, giveUpAt - ports.monotonicMs(), ports);
      if (timed.kind === "timeout") return fallBack("refresh_unavailable", 1_000);
      const result = timed.value;

      if (result.kind === "advanced") {
        tip = result.grant;
        const token = tip.accessTokens[want.resource];
        const isOurs = isUnderWay && result.how === "led" && flight.order.resource === want.resource;
        const how = isOwn ? result.how : "joined";
        if (token !== undefined && (isOurs || want.isEnough(tip, how))) {
          await observe(session, tip, how, want, ports.monotonicMs() - begunAt);
          return { kind: "fresh", grant: tip, accessToken: token.token, how };
        }
        // Without this, a second generation could follow from a success that another one takes the place of: two lines of
        // descent in one record, and whoever holds the one can't open the other.
        if (result.isUnrecorded === true && policy.ledgerDown !== "refresh-locally") {
          const recorded = await waitAtMost(flight.recorded, giveUpAt - ports.monotonicMs(), ports);
          if (recorded.kind === "timeout") return fallBack("ledger_unavailable", 1_000);
          tip = from;
        }
        continue;
      }
      if (result.kind === "ended") return result;
      if (result.kind === "stale") return onStale(session);
      const hasTime = ports.monotonicMs() < giveUpAt;
      if (
        hasTime &&
        (isToBeTriedAgain(result) || (!isOwn && isLessThanNeeded(result, flight, mayRepeatAmbiguous)))
      ) {
        await pause(LOOK_AGAIN_MS, ports);
        continue;
      }
      return result.kind === "ledger_down"
        ? fallBack("ledger_unavailable", 1_000)
        : fallBack("refresh_unavailable", result.retryInMs);
    }
  };

  function isToBeTriedAgain(result: RefreshResult): boolean {
    return result.kind === "failed" && result.cause === "busy";
  }

  /** The flight was another request's, which tried less hard than this one has to. */
  function isLessThanNeeded(
    result: RefreshResult,
    flight: { readonly order: { readonly mode: string; readonly mayRepeatAmbiguous: boolean } },
    mayRepeatAmbiguous: boolean,
  ): boolean {
    if (result.kind === "failed" && result.cause === "tried") return false;
    if (flight.order.mode === "window") return true;
    return (
      result.kind === "failed" &&
      result.cause === "held" &&
      mayRepeatAmbiguous &&
      !flight.order.mayRepeatAmbiguous
    );
  }

  /** Who led tells so by itself, where the token call ends. */
  async function observe(
    session: SessionRef,
    tip: Grant,
    how: "led" | "joined" | "replayed",
    want: Want,
    durationMs: number,
  ): Promise<void> {
    if (how === "led") return;
    const { logId } = await tools.addresses.keysOf(session);
    const { trigger, resource } = want;
    tools.observer({
      kind: "refresh",
      outcome: how,
      trigger,
      resource,
      durationMs,
      generation: tip.generation,
      session: logId,
    });
  }
}
