import { rememberSuccessors } from "../grant/remember-successors.ts";
import { createWebSuccessorCrypto, type SuccessorCrypto } from "../grant/successor-crypto.ts";
import type { SessionRef } from "../grant/session-ref.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { toKeeperPolicy, type KeeperPolicy } from "../refresh/keeper-policy.ts";
import { createLedgerAccess } from "../refresh/ledger-access.ts";
import type { RefreshCall, RevokeCall } from "../refresh/refresh-call.ts";
import type { RefreshParts } from "../refresh/refresh-task.ts";
import { createRefreshes } from "../refresh/refreshes.ts";
import { createSessionAddresses } from "../refresh/session-address.ts";
import type { TokensObserver } from "../refresh/tokens-event.ts";
import type { TimerPorts } from "../timer-ports.ts";
import { createAcknowledgeLater } from "./acknowledge-later.ts";
import { createCloseVisit } from "./close-visit.ts";
import { createEndBy, createEnd } from "./end-session.ts";
import { createEndedSessions } from "./ended-sessions.ts";
import { createEnsureFresh } from "./ensure-fresh.ts";
import { createObtainGrant } from "./obtain-grant.ts";
import { createRefreshNow, createRefreshRefused } from "./refresh-on-request.ts";
import { createJudgeLimit } from "./judge-limit.ts";
import { createKeptTokens } from "./kept-tokens.ts";
import { createSessionList } from "./session-list.ts";
import type { FreshOutcome, TokenKeeper } from "./token-keeper.ts";
import type { VisitState } from "./visit-state.ts";

export interface TokenKeeperOptions {
  readonly ledger: Ledger;
  readonly refresh: RefreshCall;
  /** Gets the refresh tokens that came for sessions which had ended meanwhile. */
  readonly revoke?: RevokeCall;
  readonly policy?: Partial<KeeperPolicy>;
  /** Clocks, timers and randomness: everything of the outside world that is touched, besides the ledger and the provider. */
  readonly ports: TimerPorts & { readonly randomBytes: (count: number) => Uint8Array };
  /** What it throws is dropped: a metric must not cost a session. */
  readonly observer?: TokensObserver;
}

/**
 * Creates the keeper of one process and one provider.
 *
 * @throws {TokensError} `policy_invalid`
 */
export function createTokenKeeper(options: TokenKeeperOptions): TokenKeeper {
  const crypto = rememberSuccessors(createWebSuccessorCrypto(options.ports.randomBytes));
  return createTokenKeeperOn(crypto, options);
}

/** The same, with another cryptography: for simulations, which have to replay exactly. */
export function createTokenKeeperOn(crypto: SuccessorCrypto, options: TokenKeeperOptions): TokenKeeper {
  const { ledger, ports, refresh, revoke } = options;
  const policy = toKeeperPolicy(options.policy);
  const observer = guarded(options.observer);
  const addresses = createSessionAddresses(crypto, policy, ports.nowMs);
  const running = new Set<Promise<unknown>>();
  function track(work: Promise<unknown>): void {
    const forget = (): void => void running.delete(work);
    running.add(work);
    work.then(forget, forget);
  }
  const access = createLedgerAccess(ledger, addresses, { ...ports, track }, observer);
  const parts: RefreshParts = { access, crypto, policy, ports, refresh, revoke, observer, track };

  const refreshes = createRefreshes(parts);
  const ended = createEndedSessions(access, ports);
  const watch = ledger.watchEndings(ended.add, access.noteHealth);
  const end = createEnd(ended, parts);
  async function refuseStale(session: SessionRef): Promise<FreshOutcome> {
    const { logId } = await access.keysOf(session);
    observer({ kind: "stale_cookie", session: logId, generation: session.grant.generation });
    if (policy.onStaleCookie === "end") await end(session, "revoked");
    return { kind: "stale" };
  }
  const obtainGrant = createObtainGrant(refreshes, refuseStale, parts);
  const acknowledgeLater = createAcknowledgeLater(parts);
  const ensureFresh = createEnsureFresh(
    { obtainGrant, refreshes, ended, acknowledgeLater, refuseStale },
    parts,
  );
  const refreshNow = createRefreshNow(obtainGrant, ended, parts);
  const refreshRefused = createRefreshRefused(obtainGrant, parts);
  const closeVisit = createCloseVisit(ended, parts);
  const kept = createKeptTokens(parts);
  const endBy = createEndBy(ended, addresses, parts);

  return {
    open(session) {
      const visit: VisitState = { session, hasRefreshed: false };
      const isKept = session.grant.kept !== undefined;
      async function completed(ask: () => Promise<FreshOutcome>): Promise<FreshOutcome> {
        return (await kept.complete(visit)) ?? ask();
      }
      return {
        session,
        async holdsToken(resource) {
          if (isKept) await kept.complete(visit);
          return (visit.session.grant.accessTokens[resource]?.expiresAt ?? 0) > ports.nowMs();
        },
        ensureFresh: (resource) =>
          isKept ? completed(() => ensureFresh(visit, resource)) : ensureFresh(visit, resource),
        refreshNow: (resource) =>
          isKept ? completed(() => refreshNow(visit, resource)) : refreshNow(visit, resource),
        refreshRefused: (resource, usedGrant) => refreshRefused(visit, resource, usedGrant),
        close: (options) => closeVisit(visit, options),
      };
    },
    judgeLimit: createJudgeLimit(refreshes, parts),
    keepTokens: (session) => kept.keep(session),
    end,
    endBy,
    sessionList: createSessionList(ledger, addresses, ended, endBy, parts),
    isEnded: async (session) => ended.reasonOf(session),
    watchEnd: (session, onEnded) => ended.watch(session, onEnded),
    async touchedAt(session) {
      const { generation } = session.grant;
      try {
        // As long as a request waits for what it can't do without: nobody else knows whether the session is alive.
        const view = await access.ask(session, (found, at) => found.read(at, generation));
        return view.touchedAt;
      } catch {
        // The observer knows. Without this answer, a hiccup of the store would end a session that it vouches for.
        return "unknown";
      }
    },
    isProviderDown: () => refreshes.breaker.hasFailedLately(),
    isDegraded(sid, provenAt) {
      const provenAtMs = ports.monotonicMs() - (ports.nowMs() - provenAt);
      refreshes.breaker.succeeded(provenAtMs);
      return refreshes.breaker.hasFailedLately() || refreshes.refusals.isRefused(sid, provenAtMs);
    },
    noteProviderUp: () => refreshes.breaker.succeeded(),
    ready: () => watch.ready,
    async drain() {
      while (running.size > 0) await Promise.allSettled(running);
    },
  };
}

function guarded(observer: TokensObserver | undefined): TokensObserver {
  return (event) => {
    try {
      observer?.(event);
    } catch {
      // The observer's own trouble. Here it would leave a refresh half done.
      return;
    }
  };
}
