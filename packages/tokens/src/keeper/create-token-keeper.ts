import type { SessionRef } from "../grant/session-ref.ts";
import { createAcknowledgeLater } from "./acknowledge-later.ts";
import { createAdvance } from "./advance-grant.ts";
import { createBreaker } from "../refresh/breaker.ts";
import { createCloseResponse } from "./close-response.ts";
import { createEndBy, createEndSession } from "./end-session.ts";
import { createEndedSessions } from "./ended-sessions.ts";
import { createEnsureFresh } from "./ensure-fresh.ts";
import type { KeeperPorts } from "../refresh/keeper-ports.ts";
import { createLedgerGate } from "../refresh/ledger-gate.ts";
import { createLedgerSizeReport } from "../refresh/ledger-size-report.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { toKeeperPolicy, type KeeperPolicy } from "../refresh/policy.ts";
import type { RefreshCall, RevokeCall } from "../refresh/refresh-call.ts";
import { createRefreshFlights } from "../refresh/refresh-flight.ts";
import { createRefreshNow, createRefreshRefused } from "./refresh-on-demand.ts";
import type { RefreshTools } from "../refresh/refresh-order.ts";
import { createSessionAddresses } from "../refresh/session-address.ts";
import { createWebSuccessorCrypto } from "../grant/successor-crypto.ts";
import type { FreshOutcome, TokenKeeper } from "./token-keeper.ts";
import type { VisitNotes } from "./visit-notes.ts";
import type { TokensObserver } from "../refresh/tokens-event.ts";

export interface TokenKeeperOptions {
  readonly ledger: Ledger;
  readonly refresh: RefreshCall;
  /** Told the refresh tokens that came for sessions which had ended meanwhile. */
  readonly revoke?: RevokeCall;
  readonly policy?: Partial<KeeperPolicy>;
  readonly ports: KeeperPorts;
  /** What it throws is dropped: a metric must not cost a session. */
  readonly observer?: TokensObserver;
}

/**
 * Creates the keeper of one process and one provider.
 *
 * @throws {TokensError} `policy_invalid`
 */
export function createTokenKeeper(options: TokenKeeperOptions): TokenKeeper {
  const { ledger, ports } = options;
  const policy = toKeeperPolicy(options.policy);
  const crypto = ports.crypto ?? createWebSuccessorCrypto(ports.randomBytes);
  const observer = guarded(options.observer);
  const running = new Set<Promise<unknown>>();
  const breaker = createBreaker(
    {
      probeEveryMs: policy.probeEveryMs,
      onChange: (isOpen) => observer({ kind: isOpen ? "breaker_opened" : "breaker_closed" }),
    },
    ports,
  );
  const tools: RefreshTools = {
    gate: createLedgerGate(ledger, policy, ports, observer),
    addresses: createSessionAddresses(crypto, policy, ports.nowMs),
    crypto,
    breaker,
    policy,
    ports,
    refresh: options.refresh,
    revoke: options.revoke,
    observer,
    reportSize: createLedgerSizeReport(ledger, ports, observer),
    track(work) {
      running.add(work);
      const forget = (): void => void running.delete(work);
      work.then(forget, forget);
    },
  };
  const ended = createEndedSessions(ports.nowMs);
  const watch = ledger.watchEndings(ended.add, tools.gate.noteHealth);
  const flights = createRefreshFlights(tools);
  const end = createEndSession(ended, tools);
  const advance = createAdvance(flights, refuseStale, tools);
  const acknowledgeLater = createAcknowledgeLater(tools);
  const ensureFresh = createEnsureFresh({ advance, flights, ended, acknowledgeLater, refuseStale }, tools);
  const refreshNow = createRefreshNow(advance, ended, tools);
  const refreshRefused = createRefreshRefused(advance, tools);
  const close = createCloseResponse(ended, tools);

  async function refuseStale(session: SessionRef): Promise<FreshOutcome> {
    const { logId } = await tools.addresses.keysOf(session);
    observer({ kind: "stale_cookie", session: logId, generation: session.grant.generation });
    if (policy.onStaleCookie === "end") await end(session, "revoked");
    return { kind: "stale" };
  }

  return {
    open(session) {
      const notes: VisitNotes = { session, hasFlight: false };
      return {
        session,
        ensureFresh: (resource) => ensureFresh(notes, resource),
        refreshNow: (resource) => refreshNow(notes, resource),
        refreshRefused: (resource, usedGrant) => refreshRefused(notes, resource, usedGrant),
        close: (options) => close(notes, options),
      };
    },
    end,
    endBy: createEndBy(ended, tools),
    async isEnded(session) {
      return ended.reasonOf(await tools.addresses.keysOf(session), session.idTokenIat);
    },
    async touchedAt(session) {
      const { gate, addresses } = tools;
      try {
        const at = await addresses.addressOf(session);
        const view = await gate.once(
          (found) => found.read(at, session.grant.generation),
          policy.ledgerBriefMs,
        );
        return view.touchedAt;
      } catch {
        // The gate has told the observer. Without this answer, a hiccup of the store would end a session that it vouches for.
        return "unknown";
      }
    },
    isProviderDown: breaker.isOpen,
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
