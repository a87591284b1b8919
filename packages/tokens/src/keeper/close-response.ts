import type { SessionRef } from "../grant/session-ref.ts";
import { waitAtMost } from "../deadline.ts";
import type { EndedSessions } from "./ended-sessions.ts";
import type { Grant } from "../grant/grant.ts";
import type { RefreshTools } from "../refresh/refresh-order.ts";
import type { CloseOptions, CloseOutcome } from "./token-keeper.ts";
import type { VisitNotes } from "./visit-notes.ts";
import { walkToTip } from "../refresh/walk-to-tip.ts";

export type CloseResponse = (visit: VisitNotes, options: CloseOptions) => Promise<CloseOutcome>;

/** Decides about the cookie when the headers leave: see `TokenVisit.close`. */
export function createCloseResponse(ended: EndedSessions, tools: RefreshTools): CloseResponse {
  const { gate, addresses, policy, ports } = tools;

  return async function close(visit, options) {
    const { session } = visit;
    const { known } = options;
    const keys = await addresses.keysOf(session);
    const reason = ended.reasonOf(keys, session.idTokenIat);
    if (reason !== undefined) return { kind: "ended", reason };

    const beside = visit.windowFlight;
    // With a ledger that dies with the process, the response is the only other place where the new grant can live.
    if (beside !== undefined && !gate.outlivesProcess) {
      await waitAtMost(beside.result, policy.tokenCallMs, ports);
    }
    const shown = session.grant.generation;
    const mayHaveMoved = known.generation > shown || visit.hasFlight;
    if (!mayHaveMoved && !options.willWrite && options.touchedAt === undefined) {
      return { kind: "live", grant: known, changed: false };
    }
    try {
      return await closeByLedger(visit, known, options.touchedAt);
    } catch {
      // The gate has told the observer. What this request led is nobody else's to give; anything more might be undone.
      return closeWithoutLedger(visit);
    }
  };

  async function closeByLedger(
    visit: VisitNotes,
    known: Grant,
    touchedAt: number | undefined,
  ): Promise<CloseOutcome> {
    const { session } = visit;
    const view = await gate.once(
      async (ledger) => ledger.acknowledge(await addresses.addressOf(session), handing(session, touchedAt)),
      policy.ledgerBriefMs,
    );
    if (view.ended !== undefined) return { kind: "ended", reason: view.ended };
    const shown = session.grant.generation;
    const led = visit.ledGrant;
    const newest = [session.grant, known, ...(led === undefined ? [] : [led])].reduce((a, b) =>
      b.generation > a.generation ? b : a,
    );
    const recorded = await walkToTip(tools.crypto, session.sid, session.grant, view);
    // At the same height what is recorded wins: ours may be a success that another one took the place of.
    const { tip, isStale } =
      recorded.tip.generation >= newest.generation
        ? recorded
        : await walkToTip(tools.crypto, session.sid, newest, view);
    if (tip.generation > shown) return { kind: "live", grant: tip, changed: true };
    const unchanged = { kind: "live", grant: session.grant, changed: false } as const;
    return isStale ? { ...unchanged, withhold: true } : unchanged;
  }

  function handing(session: SessionRef, touchedAt: number | undefined) {
    return {
      shown: session.grant.generation,
      arrivedAgoMs: Math.max(0, ports.nowMs() - session.arrivedAt),
      isHanding: true,
      settleAfterMs: policy.settleAfterMs,
      staleCookieMs: policy.staleCookieSeconds * 1_000,
      ...(touchedAt === undefined ? {} : { touchedAt }),
    };
  }

  function closeWithoutLedger(visit: VisitNotes): CloseOutcome {
    const { session } = visit;
    const led = visit.ledGrant;
    if (led === undefined || led.generation <= session.grant.generation) {
      return { kind: "live", grant: session.grant, changed: false, withhold: true };
    }
    // That it was handed out is recorded when the store is back: settling counts from there.
    gate.untilDone(async () => {
      const at = await addresses.addressOf(session);
      return gate.once((ledger) => ledger.acknowledge(at, handing(session, undefined)), policy.ledgerWaitMs);
    });
    return { kind: "live", grant: led, changed: true };
  }
}
