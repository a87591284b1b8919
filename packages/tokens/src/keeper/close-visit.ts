import { waitAtMost } from "../deadline.ts";
import type { Grant } from "../grant/grant.ts";
import type { SessionRef } from "../grant/session-ref.ts";
import { walkToTip } from "../grant/walk-to-tip.ts";
import type { Acknowledgement } from "../ledger/ledger.ts";
import { LEDGER_BRIEF_MS } from "../refresh/ledger-access.ts";
import type { RefreshParts } from "../refresh/refresh-task.ts";
import { acknowledgementOf } from "./acknowledge-later.ts";
import type { EndedSessions } from "./ended-sessions.ts";
import type { CloseOptions, CloseOutcome } from "./token-keeper.ts";
import type { VisitState } from "./visit-state.ts";

export type CloseVisit = (visit: VisitState, options: CloseOptions) => Promise<CloseOutcome>;

/** Decides about the cookie when the headers leave: see `TokenVisit.close`. */
export function createCloseVisit(ended: EndedSessions, parts: RefreshParts): CloseVisit {
  const { access, policy, ports } = parts;

  function handing(session: SessionRef, touchedAt?: number): Acknowledgement {
    const acknowledgement = { ...acknowledgementOf(session, parts), isHanding: true };
    return touchedAt === undefined ? acknowledgement : { ...acknowledgement, touchedAt };
  }

  async function closeByLedger(
    { session, ledGrant }: VisitState,
    known: Grant,
    touchedAt: number | undefined,
  ): Promise<CloseOutcome> {
    const view = await access.ask(
      session,
      (ledger, at) => ledger.acknowledge(at, handing(session, touchedAt)),
      { waitMs: LEDGER_BRIEF_MS },
    );
    if (view.ended !== undefined) return { kind: "ended", reason: view.ended };
    const newest = [session.grant, known, ...(ledGrant === undefined ? [] : [ledGrant])].reduce((a, b) =>
      b.generation > a.generation ? b : a,
    );
    const recorded = await walkToTip(parts.crypto, session.sid, session.grant, view);
    // At the same height what is recorded wins: ours may be a success that another one took the place of.
    const tip =
      recorded.grant.generation >= newest.generation
        ? recorded
        : await walkToTip(parts.crypto, session.sid, newest, view);
    if (tip.grant.generation > session.grant.generation) {
      return { kind: "live", grant: tip.grant, changed: true };
    }
    const unchanged = { kind: "live", grant: session.grant, changed: false } as const;
    return tip.isStale ? { ...unchanged, withhold: true } : unchanged;
  }

  /** What this visit led is nobody else's to give; anything more might be undone. */
  function closeWithoutLedger({ session, ledGrant }: VisitState): CloseOutcome {
    if (ledGrant === undefined || ledGrant.generation <= session.grant.generation) {
      return { kind: "live", grant: session.grant, changed: false, withhold: true };
    }
    // That it was handed out is recorded when the store is back: settling counts from there.
    access
      .untilDone(() => access.ask(session, (ledger, at) => ledger.acknowledge(at, handing(session))))
      // Only a closed ledger ends this without success.
      .catch(() => undefined);
    return { kind: "live", grant: ledGrant, changed: true };
  }

  return async function closeVisit(visit, { known, willWrite, touchedAt }) {
    const { session } = visit;
    const ending = ended.reasonOf(session);
    const reason = ending instanceof Promise ? await ending : ending;
    if (reason !== undefined) return { kind: "ended", reason };

    // With a ledger that dies with the process, the response is the only other place where the new grant can live.
    if (visit.besideCall !== undefined && !access.outlivesProcess) {
      await waitAtMost(visit.besideCall.result, policy.tokenTimeoutMs, ports);
    }
    const mayHaveMoved = known.generation > session.grant.generation || visit.hasRefreshed;
    if (!mayHaveMoved && !willWrite && touchedAt === undefined) {
      return { kind: "live", grant: known, changed: false };
    }
    try {
      return await closeByLedger(visit, known, touchedAt);
    } catch {
      // The observer knows.
      return closeWithoutLedger(visit);
    }
  };
}
