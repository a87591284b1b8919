import type { Grant } from "../grant/grant.ts";
import type { SessionRef } from "../grant/session-ref.ts";
import type { Advance } from "./advance-grant.ts";
import { createBoundedMap } from "../bounded-map.ts";
import type { EndedSessions } from "./ended-sessions.ts";
import { useUntilExpiry, type EnsureFresh } from "./ensure-fresh.ts";
import type { RecordView } from "../ledger/ledger.ts";
import type { RefreshTools } from "../refresh/refresh-order.ts";
import type { FreshOutcome } from "./token-keeper.ts";
import type { VisitNotes } from "./visit-notes.ts";
import { isGood } from "../grant/token-phase.ts";
import { walkToTip } from "../refresh/walk-to-tip.ts";

const MAX_REMEMBERED = 20_000;

/** A refresh since a person asked for it: see `TokenVisit.refreshNow`. */
export function createRefreshNow(advance: Advance, ended: EndedSessions, tools: RefreshTools): EnsureFresh {
  const { policy, ports } = tools;
  return async function refreshNow(visit, resource) {
    const { session } = visit;
    const keys = await tools.addresses.keysOf(session);
    const reason = ended.reasonOf(keys, session.idTokenIat);
    if (reason !== undefined) return { kind: "ended", reason };
    const { grant } = session;
    if (grant.refreshToken === undefined) return useUntilExpiry(session, resource, ports.nowMs());
    let old = grant.accessTokens[resource]?.token;
    return advance(visit, grant, {
      resource,
      trigger: "explicit",
      mayFallBack: false,
      isEnough({ accessTokens }, how) {
        const token = accessTokens[resource];
        const isSince = how === "joined" || (token?.issuedAt ?? 0) >= session.arrivedAt;
        const isEnough = token?.token !== old && isSince && isGood(token, ports.nowMs(), policy);
        old = token?.token;
        return isEnough;
      },
    });
  };
}

export type RefreshRefused = (
  visit: VisitNotes,
  resource: string,
  usedGrant: Grant,
) => Promise<FreshOutcome | undefined>;

/** A refresh since an API refused a token: see `TokenVisit.refreshRefused`. */
export function createRefreshRefused(advance: Advance, tools: RefreshTools): RefreshRefused {
  const { gate, addresses, crypto, policy, ports } = tools;
  const refreshed = createBoundedMap<string, number>(MAX_REMEMBERED);

  async function look(session: SessionRef, generation: number): Promise<RecordView | undefined> {
    try {
      const at = await addresses.addressOf(session);
      return await gate.once((ledger) => ledger.read(at, generation), policy.ledgerBriefMs);
    } catch {
      // The gate has told the observer; without the store there is no newer token to be found.
      return undefined;
    }
  }

  return async function refreshRefused(visit, resource, usedGrant) {
    const { session } = visit;
    const used = usedGrant.accessTokens[resource];
    if (used === undefined || usedGrant.refreshToken === undefined) return undefined;
    // From what was shown, and not from what was used: that may be a success that isn't recorded, or never will be.
    const view = await look(session, session.grant.generation);
    if (view?.ended !== undefined) return { kind: "ended", reason: view.ended };
    const tip =
      view === undefined ? usedGrant : (await walkToTip(crypto, session.sid, session.grant, view)).tip;
    const newer = tip.accessTokens[resource];
    if (newer !== undefined && newer.token !== used.token && newer.expiresAt > ports.nowMs()) {
      return { kind: "fresh", grant: tip, accessToken: newer.token, how: "replayed" };
    }
    if (ports.nowMs() - used.issuedAt < policy.refusedTokenMinAgeMs) return undefined;
    const key = `${session.sid} ${resource}`;
    const last = refreshed.get(key);
    if (last !== undefined && ports.monotonicMs() - last < policy.refusedTokenEveryMs) return undefined;
    refreshed.set(key, ports.monotonicMs());
    return advance(visit, tip, {
      resource,
      trigger: "implicit",
      mayFallBack: false,
      isEnough: ({ accessTokens }) =>
        accessTokens[resource]?.token !== used.token && isGood(accessTokens[resource], ports.nowMs(), policy),
    });
  };
}
