import { pause, waitAtMost } from "../deadline.ts";
import type { AccessToken, Grant } from "../grant/grant.ts";
import type { SessionRef } from "../grant/session-ref.ts";
import { phaseOf } from "../grant/token-phase.ts";
import { REQUEST_WAIT_MS } from "../refresh/claim-generation.ts";
import type { RefreshParts, RefreshResult, RefreshTask } from "../refresh/refresh-task.ts";
import type { Refreshes } from "../refresh/refreshes.ts";
import type { FreshOutcome } from "./token-keeper.ts";
import { noteRefresh, type VisitState } from "./visit-state.ts";

type How = "led" | "joined" | "replayed";

/** What a request wants of a refresh that it waits for. */
export interface Want {
  readonly resource: string;
  readonly trigger: "implicit" | "explicit";
  /** This token will do. Whatever this request led itself will. @param before what was there one step earlier */
  accepts(token: AccessToken, before: AccessToken | undefined, how: How): boolean;
  /** The old token is still good for something, if no newer one can be had. */
  readonly mayFallBack: boolean;
}

export type ObtainGrant = (visit: VisitState, from: Grant, want: Want) => Promise<FreshOutcome>;

const LOOK_AGAIN_MS = 50;

/** Moves a request on to a newer grant: joins, replays, leads, one generation after the other, for 10 s at most. */
export function createObtainGrant(
  refreshes: Refreshes,
  onStale: (session: SessionRef) => Promise<FreshOutcome>,
  { access, policy, ports, observer }: RefreshParts,
): ObtainGrant {
  return async function obtainGrant(visit, from, want) {
    const { session } = visit;
    const { resource, trigger } = want;
    const begunAt = ports.monotonicMs();
    const giveUpAt = begunAt + REQUEST_WAIT_MS;
    let tip = from;

    function fallBack(code: "refresh_unavailable" | "ledger_unavailable", retryInMs: number): FreshOutcome {
      const token = tip.accessTokens[resource];
      if (want.mayFallBack && token !== undefined && token.expiresAt > ports.nowMs()) {
        return { kind: "fresh", grant: tip, accessToken: token.token, how: "unchanged" };
      }
      return { kind: "unavailable", code, retryAfterSeconds: Math.max(1, Math.ceil(retryInMs / 1_000)) };
    }

    for (;;) {
      const joined = refreshes.find(session.sid, tip);
      // Nobody would wait for another token call any more.
      if (joined === undefined && ports.monotonicMs() >= giveUpAt) {
        return fallBack("refresh_unavailable", 1_000);
      }
      const before = tip.accessTokens[resource];
      const hasExpired = phaseOf(before, ports.nowMs(), false) === "expired";
      const mayRepeatAmbiguous = hasExpired || policy.reuseGraceSeconds > 0;
      const task: RefreshTask = { session, tip, resource, mode: "must", trigger, mayRepeatAmbiguous };
      const refresh = joined ?? refreshes.start(task);
      const isOwn = joined === undefined;
      const isUnderWay = !refresh.isOver();
      noteRefresh(visit, refresh, isOwn);
      const timed = await waitAtMost(refresh.result, giveUpAt - ports.monotonicMs(), ports);
      if (timed.kind === "timeout") return fallBack("refresh_unavailable", 1_000);
      const result = timed.value;

      if (result.kind === "advanced") {
        tip = result.grant;
        const token = tip.accessTokens[resource];
        const isOurs = isUnderWay && result.how === "led" && refresh.task.resource === resource;
        const how = isOwn ? result.how : "joined";
        if (token !== undefined && (isOurs || want.accepts(token, before, how))) {
          await report(session, tip, how, want, ports.monotonicMs() - begunAt);
          return { kind: "fresh", grant: tip, accessToken: token.token, how };
        }
        // Without this, a second generation could follow from a success that another one takes the place of: two lines of
        // descent in one record, and whoever holds the one can't open the other.
        if (result.isUnrecorded === true && policy.ledgerDown !== "refresh-locally") {
          const recorded = await waitAtMost(refresh.recorded, giveUpAt - ports.monotonicMs(), ports);
          if (recorded.kind === "timeout") return fallBack("ledger_unavailable", 1_000);
          tip = from;
        }
        continue;
      }
      if (result.kind === "ended") return result;
      if (result.kind === "stale") return onStale(session);
      if (isWorthAnotherTry(result, isOwn ? task : refresh.task, task) && ports.monotonicMs() < giveUpAt) {
        await pause(LOOK_AGAIN_MS, ports);
        continue;
      }
      return result.kind === "ledger_down"
        ? fallBack("ledger_unavailable", 1_000)
        : fallBack("refresh_unavailable", result.retryInMs);
    }
  };

  /** Who led is reported where the token call ends. */
  async function report(
    session: SessionRef,
    tip: Grant,
    how: How,
    want: Want,
    durationMs: number,
  ): Promise<void> {
    if (how === "led") return;
    const { logId } = await access.keysOf(session);
    observer({
      kind: "refresh",
      outcome: how,
      trigger: want.trigger,
      resource: want.resource,
      durationMs,
      generation: tip.generation,
      session: logId,
    });
  }
}

/** Somebody else was at it; or the refresh was another request's, which tried less hard than this one has to. */
function isWorthAnotherTry(result: RefreshResult, done: RefreshTask, needed: RefreshTask): boolean {
  const cause = result.kind === "failed" ? result.cause : undefined;
  if (cause === "busy") return true;
  if (cause === "tried") return false;
  if (done.mode === "window") return true;
  return cause === "held" && needed.mayRepeatAmbiguous && !done.mayRepeatAmbiguous;
}
