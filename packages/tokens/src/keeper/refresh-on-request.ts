import QuickLRU from "quick-lru";
import type { Grant } from "../grant/grant.ts";
import type { SessionRef } from "../grant/session-ref.ts";
import { isGood } from "../grant/token-phase.ts";
import { walkToTip } from "../grant/walk-to-tip.ts";
import type { RecordView } from "../ledger/ledger.ts";
import { LEDGER_BRIEF_MS } from "../refresh/ledger-access.ts";
import type { RefreshParts } from "../refresh/refresh-task.ts";
import type { EndedSessions } from "./ended-sessions.ts";
import { useUntilExpiry, type EnsureFresh } from "./ensure-fresh.ts";
import type { ObtainGrant } from "./obtain-grant.ts";
import type { FreshOutcome } from "./token-keeper.ts";
import type { VisitState } from "./visit-state.ts";

const MAX_REMEMBERED = 20_000;
/** An API's `invalid_token`: tokens younger than this are not refreshed ... */
const REFUSED_MIN_AGE_MS = 10_000;
/** ... nor any with success, more often than this for a session and resource. */
const REFUSED_EVERY_MS = 60_000;

/** A refresh since an API refused a token, by the monotonic clock. */
interface Attempt {
  readonly begunAt: number;
  /** Infinity while it is under way. */
  endedAt: number;
}

/** A refresh since a person asked for it: see `TokenVisit.refreshNow`. */
export function createRefreshNow(
  obtainGrant: ObtainGrant,
  ended: EndedSessions,
  { ports }: RefreshParts,
): EnsureFresh {
  return async function refreshNow(visit, resource) {
    const { session } = visit;
    const reason = await ended.reasonOf(session);
    if (reason !== undefined) return { kind: "ended", reason };
    const { grant, arrivedAt } = session;
    if (grant.refreshToken === undefined) return useUntilExpiry(session, resource, ports.nowMs());
    return obtainGrant(visit, grant, {
      resource,
      trigger: "explicit",
      mayFallBack: false,
      accepts(token, before, how) {
        const isSince = how === "joined" || token.issuedAt >= arrivedAt;
        return token.token !== before?.token && isSince && isGood(token, ports.nowMs());
      },
    });
  };
}

export type RefreshRefused = (
  visit: VisitState,
  resource: string,
  usedGrant: Grant,
) => Promise<FreshOutcome | undefined>;

/** A refresh since an API refused a token: see `TokenVisit.refreshRefused`. */
export function createRefreshRefused(
  obtainGrant: ObtainGrant,
  { access, crypto, ports }: RefreshParts,
): RefreshRefused {
  const attempts = new QuickLRU<string, Attempt>({ maxSize: MAX_REMEMBERED });

  async function look(session: SessionRef): Promise<RecordView | undefined> {
    const { generation } = session.grant;
    try {
      return await access.ask(session, (ledger, at) => ledger.read(at, generation), {
        waitMs: LEDGER_BRIEF_MS,
      });
    } catch {
      // The observer knows; without the store there is no newer token to be found.
      return undefined;
    }
  }

  return async function refreshRefused(visit, resource, usedGrant) {
    const { session } = visit;
    const used = usedGrant.accessTokens[resource];
    if (used === undefined || usedGrant.refreshToken === undefined) return undefined;
    const lookedAt = ports.monotonicMs();
    // From what was shown, and not from what was used: that may be a success that isn't recorded, or never will be.
    const view = await look(session);
    if (view?.ended !== undefined) return { kind: "ended", reason: view.ended };
    const tip =
      view === undefined ? usedGrant : (await walkToTip(crypto, session.sid, session.grant, view)).grant;
    const newest = tip.accessTokens[resource];
    // A tip behind the grant that was used has an older token, and one ahead of it may still have the same.
    const isNewer = tip.generation >= usedGrant.generation && newest?.token !== used.token;
    if (isNewer && newest !== undefined && newest.expiresAt > ports.nowMs()) {
      return { kind: "fresh", grant: tip, accessToken: newest.token, how: "replayed" };
    }
    if (ports.nowMs() - used.issuedAt < REFUSED_MIN_AGE_MS) return undefined;
    const key = `${session.sid} ${resource}`;
    const last = attempts.get(key);
    // What another call is getting, or got while this one was looking, is for both: a page makes many calls at once.
    const isShared = last !== undefined && last.endedAt >= lookedAt;
    if (last !== undefined && !isShared && ports.monotonicMs() - last.begunAt < REFUSED_EVERY_MS) {
      return undefined;
    }
    const attempt = isShared ? last : { begunAt: ports.monotonicMs(), endedAt: Number.POSITIVE_INFINITY };
    if (!isShared) attempts.set(key, attempt);
    try {
      const outcome = await obtainGrant(visit, tip, {
        resource,
        trigger: "implicit",
        mayFallBack: false,
        accepts: (token) => token.token !== used.token && isGood(token, ports.nowMs()),
      });
      // Whoever comes next must hear of the trouble, too, and may try: the provider is spared by breaker and back-off.
      if (outcome.kind === "unavailable" && attempts.get(key) === attempt) attempts.delete(key);
      return outcome;
    } finally {
      if (!isShared) attempt.endedAt = ports.monotonicMs();
    }
  };
}
