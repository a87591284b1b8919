import { createAdvance, type Want } from "./advance-grant.ts";
import { createBoundedMap } from "./bounded-map.ts";
import { createBreaker } from "./breaker.ts";
import { createCloseResponse } from "./close-response.ts";
import { waitAtMost } from "./deadline.ts";
import { createEndedSessions } from "./ended-sessions.ts";
import type { AccessToken, Grant } from "./grant.ts";
import type { KeeperPorts } from "./keeper-ports.ts";
import { createLedgerGate } from "./ledger-gate.ts";
import type { Ledger, RecordView } from "./ledger.ts";
import { toKeeperPolicy, type KeeperPolicy } from "./policy.ts";
import type { RefreshCall, RevokeCall } from "./refresh-call.ts";
import { createRefreshFlights } from "./refresh-flight.ts";
import type { RefreshTools } from "./refresh-order.ts";
import { createRequestNotes } from "./request-notes.ts";
import { createSessionAddresses } from "./session-address.ts";
import { createWebSuccessorCrypto } from "./successor-crypto.ts";
import type { FreshOutcome, SessionRef, TokenKeeper, Unavailable } from "./token-keeper.ts";
import { phaseOf } from "./token-phase.ts";
import type { TokensObserver } from "./tokens-event.ts";
import { walkToTip } from "./walk-to-tip.ts";

export interface TokenKeeperOptions {
  readonly ledger: Ledger;
  readonly refresh: RefreshCall;
  /** Told the refresh tokens that came for sessions which had ended meanwhile. */
  readonly revoke?: RevokeCall;
  readonly policy?: Partial<KeeperPolicy>;
  readonly ports: KeeperPorts;
  /** Must not throw. */
  readonly observer?: TokensObserver;
}

/** What a call with a living token waits for the ledger before it goes on without. */
const WINDOW_LEDGER_MS = 250;
const MAX_REMEMBERED = 20_000;
const TOMBSTONE_SLACK_SECONDS = 300;

/**
 * Creates the keeper of one process and one provider.
 *
 * @throws {TokensError} `policy_invalid`
 */
export function createTokenKeeper(options: TokenKeeperOptions): TokenKeeper {
  const { ledger, ports } = options;
  const policy = toKeeperPolicy(options.policy);
  const crypto = ports.crypto ?? createWebSuccessorCrypto(ports.randomBytes);
  const observer: TokensObserver = options.observer ?? (() => undefined);
  const addresses = createSessionAddresses(crypto, policy, ports.nowMs);
  const gate = createLedgerGate(ledger, policy, ports, observer);
  const running = new Set<Promise<unknown>>();
  const breaker = createBreaker(
    {
      probeEveryMs: policy.probeEveryMs,
      onChange: (isOpen) => observer({ kind: isOpen ? "breaker_opened" : "breaker_closed" }),
    },
    ports,
  );
  const tools: RefreshTools = {
    gate,
    addresses,
    crypto,
    breaker,
    policy,
    ports,
    refresh: options.refresh,
    revoke: options.revoke,
    observer,
    track,
  };
  const flights = createRefreshFlights(tools);
  const notes = createRequestNotes();
  const ended = createEndedSessions(ports.nowMs);
  const watch = ledger.watchEndings(ended.add);
  const advance = createAdvance(flights, notes, refuseStale, tools);
  const acknowledged = createBoundedMap<string, number>(MAX_REMEMBERED);
  const refusedTokens = createBoundedMap<string, number>(MAX_REMEMBERED);

  function track(work: Promise<unknown>): void {
    running.add(work);
    const forget = (): void => void running.delete(work);
    work.then(forget, forget);
  }

  async function isEnded(session: Parameters<TokenKeeper["isEnded"]>[0]) {
    return ended.reasonOf(await addresses.keysOf(session), session.idTokenIat);
  }

  /** The first request that shows a generation after everyone must have it says so, beside its own work. */
  function acknowledgeLater(session: SessionRef): void {
    const { generation, accessTokens } = session.grant;
    if (generation === 0) return;
    const newest = Math.max(0, ...Object.values(accessTokens).map(({ issuedAt }) => issuedAt));
    if (session.arrivedAt - newest < policy.settleAfterMs) return;
    const key = `${session.sid} ${generation}`;
    const now = ports.monotonicMs();
    const last = acknowledged.get(key);
    if (last !== undefined && now - last < policy.settleAfterMs) return;
    acknowledged.set(key, now);
    const request = {
      shown: generation,
      arrivedAgoMs: Math.max(0, ports.nowMs() - session.arrivedAt),
      isHanding: false,
      settleAfterMs: policy.settleAfterMs,
      staleCookieMs: policy.staleCookieSeconds * 1_000,
    };
    gate
      .once(
        async (ledger) => ledger.acknowledge(await addresses.addressOf(session), request),
        policy.ledgerWaitMs,
      )
      .then(
        (answer) => {
          if (answer.isSettled) acknowledged.set(key, Number.POSITIVE_INFINITY);
        },
        // The gate has told the observer; a later request says it again.
        () => acknowledged.delete(key),
      );
  }

  async function refuseStale(session: SessionRef): Promise<FreshOutcome> {
    const { logId } = await addresses.keysOf(session);
    observer({ kind: "stale_cookie", session: logId, generation: session.grant.generation });
    if (policy.onStaleCookie === "end") await end(session, "revoked");
    return { kind: "stale" };
  }

  /** A session without a refresh token lives as long as its tokens. */
  function withoutRefreshToken(session: SessionRef, resource: string): FreshOutcome {
    const { grant } = session;
    const now = ports.nowMs();
    const token = grant.accessTokens[resource];
    if (token !== undefined && token.expiresAt > now) {
      return { kind: "fresh", grant, accessToken: token.token, how: "unchanged" };
    }
    const last = Math.max(0, ...Object.values(grant.accessTokens).map(({ expiresAt }) => expiresAt));
    if (last <= now) return { kind: "ended", reason: "grant_ended" };
    return {
      kind: "unavailable",
      code: "refresh_unavailable",
      retryAfterSeconds: Math.ceil((last - now) / 1_000),
    };
  }

  async function ensureFresh(session: SessionRef, resource: string): Promise<FreshOutcome> {
    const reason = await isEnded(session);
    if (reason !== undefined) return { kind: "ended", reason };
    acknowledgeLater(session);
    const { grant } = session;
    const token = grant.accessTokens[resource];
    const phase = phaseOf(token, ports.nowMs(), policy);
    if (token !== undefined && phase === "fresh") {
      return { kind: "fresh", grant, accessToken: token.token, how: "unchanged" };
    }
    if (grant.refreshToken === undefined) return withoutRefreshToken(session, resource);
    if (phase === "window") return refreshBeside(session, resource);
    return advance(session, grant, toWant(resource));
  }

  function toWant(resource: string): Want {
    return {
      resource,
      trigger: "implicit",
      mayFallBack: true,
      isEnough: (candidate) => isGood(candidate.accessTokens[resource]),
    };
  }

  /** Worth handing out: not about to expire. */
  function isGood(token: AccessToken | undefined): boolean {
    const phase = phaseOf(token, ports.nowMs(), policy);
    return phase === "fresh" || phase === "window";
  }

  /** In the window: the token works, so nothing is waited for but a short look into the ledger. */
  async function refreshBeside(session: SessionRef, resource: string): Promise<FreshOutcome> {
    for (let tip = session.grant; ;) {
      const token = tip.accessTokens[resource];
      const phase = phaseOf(token, ports.nowMs(), policy);
      if (token === undefined || phase === "must" || phase === "expired") {
        return advance(session, tip, toWant(resource));
      }
      const how = tip === session.grant ? "unchanged" : "replayed";
      const asIs: FreshOutcome = { kind: "fresh", grant: tip, accessToken: token.token, how };
      if (phase === "fresh" || breaker.nextProbeInMs() > 0) return asIs;
      const joined = flights.find(session.sid, tip);
      if (joined !== undefined) {
        notes.noteFlight(session, joined, false);
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
      notes.noteFlight(session, flight, true);
      const timed = await waitAtMost(flight.turn, WINDOW_LEDGER_MS, ports);
      if (timed.kind === "timeout") return asIs;
      const turn = timed.value;
      if (turn === "leading") return { ...asIs, how: "window", background: flight.recorded };
      if (turn.kind === "ended") return turn;
      if (turn.kind === "stale") return refuseStale(session);
      if (turn.kind !== "advanced") return asIs;
      tip = turn.grant;
    }
  }

  async function refreshNow(session: SessionRef, resource: string): Promise<FreshOutcome> {
    const reason = await isEnded(session);
    if (reason !== undefined) return { kind: "ended", reason };
    const { grant } = session;
    if (grant.refreshToken === undefined) return withoutRefreshToken(session, resource);
    let old = grant.accessTokens[resource]?.token;
    return advance(session, grant, {
      resource,
      trigger: "explicit",
      mayFallBack: false,
      isEnough(candidate, how) {
        const token = candidate.accessTokens[resource];
        const isNow = how === "joined" || (token?.issuedAt ?? 0) >= session.arrivedAt;
        const isNew = token?.token !== old && isNow && isGood(token);
        old = token?.token;
        return isNew;
      },
    });
  }

  async function refreshRefused(
    session: SessionRef,
    resource: string,
    usedGrant: Grant,
  ): Promise<FreshOutcome | undefined> {
    const used = usedGrant.accessTokens[resource];
    if (used === undefined || usedGrant.refreshToken === undefined) return undefined;
    const view = await lookBriefly(session, usedGrant.generation);
    if (view?.ended !== undefined) return { kind: "ended", reason: view.ended };
    const { tip } =
      view === undefined ? { tip: usedGrant } : await walkToTip(crypto, session.sid, usedGrant, view);
    const newer = tip.accessTokens[resource];
    if (newer !== undefined && newer.token !== used.token && newer.expiresAt > ports.nowMs()) {
      return { kind: "fresh", grant: tip, accessToken: newer.token, how: "replayed" };
    }
    if (ports.nowMs() - used.issuedAt < policy.refusedTokenMinAgeMs) return undefined;
    const key = `${session.sid} ${resource}`;
    const last = refusedTokens.get(key);
    if (last !== undefined && ports.monotonicMs() - last < policy.refusedTokenEveryMs) return undefined;
    refusedTokens.set(key, ports.monotonicMs());
    return advance(session, tip, {
      resource,
      trigger: "implicit",
      mayFallBack: false,
      isEnough: (candidate) => {
        const token = candidate.accessTokens[resource];
        return token?.token !== used.token && isGood(token);
      },
    });
  }

  async function lookBriefly(session: SessionRef, generation: number): Promise<RecordView | undefined> {
    try {
      return await gate.once(
        async (ledger) => ledger.read(await addresses.addressOf(session), generation),
        policy.ledgerBriefMs,
      );
    } catch {
      // The gate has told the observer; the caller goes on as if there were no record.
      return undefined;
    }
  }

  const end: TokenKeeper["end"] = async (session, reason) => {
    const request = { generation: session.grant.generation, reason };
    const at = await addresses.addressOf(session);
    let answer;
    try {
      answer = await gate.patiently((ledger) => ledger.end(at, request), policy.ledgerWaitMs);
    } catch {
      // The gate has told the observer.
      return LEDGER_UNAVAILABLE;
    }
    ended.add({ kind: "session", key: at.key, reason: answer.reason, keepMs: at.endedKeepMs });
    const { logId } = await addresses.keysOf(session);
    if (!answer.wasEnded) observer({ kind: "session_ended", session: logId, reason });
    // The same person has signed in again: their new session may live on the same provider grant.
    if (answer.reason === "replaced") return { kind: "ended" };
    const { tip, isStale } = await walkToTip(crypto, session.sid, session.grant, answer.view);
    if (isStale || tip.refreshToken === undefined) return { kind: "ended" };
    return { kind: "ended", refreshToken: tip.refreshToken };
  };

  return {
    ensureFresh,
    refreshNow,
    refreshRefused,
    close: createCloseResponse(notes, ended, tools),
    isEnded,
    end,
    async touchedAt(session) {
      return (await lookBriefly(session, session.grant.generation))?.touchedAt;
    },
    async endBy(target) {
      const key = await addresses.tombstoneOf(target);
      const keepMs = (policy.absoluteTimeoutSeconds + TOMBSTONE_SLACK_SECONDS) * 1_000;
      try {
        await gate.patiently(
          (ledger) => ledger.entomb({ key, iat: target.iat, keepMs }),
          policy.ledgerWaitMs,
        );
      } catch {
        // The gate has told the observer.
        return LEDGER_UNAVAILABLE;
      }
      ended.add({ kind: "tombstone", key, iat: target.iat, keepMs });
      return { kind: "ended" };
    },
    isProviderDown: breaker.isOpen,
    ready: () => watch.ready,
    async drain() {
      while (running.size > 0) await Promise.allSettled(running);
    },
  };
}

const LEDGER_UNAVAILABLE: Unavailable = {
  kind: "unavailable",
  code: "ledger_unavailable",
  retryAfterSeconds: 5,
};
