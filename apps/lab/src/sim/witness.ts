import type { RefreshGrantRequest, RefreshOutcome } from "@coatcheck/oauth";
import type { AccessToken, EndReason, Grant } from "@coatcheck/tokens";
import { count, type Coverage } from "./coverage.ts";
import type { Facts, RequestFacts, SessionFacts, TokenCall } from "./facts.ts";
import { judgeAnswer, type AnswerSeen } from "./judge-answer.ts";
import * as rules from "./invariants.ts";
import * as outageReports from "./outage-reports.ts";
import type { LedgerListener } from "./observed-ledger.ts";
import type { SimCrypto } from "./sim-crypto.ts";
import type { SimProcess } from "./sim-process.ts";
import { ISSUER, type SimProvider } from "./sim-provider.ts";
import { mayBeCarried, mayBeUsed } from "./token-use.ts";

/** What a session's cookie holds, as far as the witness reads it. */
export interface CookieValue {
  readonly sid: string;
  readonly sub: string;
  readonly createdAt: number;
  readonly idleDeadline: number;
  readonly absoluteDeadline: number;
  readonly idTokenIat: number;
  readonly grant: Grant;
}

/** Sees everything, keeps the facts, and calls the rules. */
export interface Witness extends LedgerListener {
  readonly facts: Facts;
  violations(): readonly string[];
  accuse(what: string | undefined): void;
  tokenCallSent(process: SimProcess, request: RefreshGrantRequest, begunAt: number): number;
  sentAt(call: number): number;
  tokenCallProcessed(call: number, isProcessed: boolean): void;
  tokenCallAnswered(call: number, outcome: RefreshOutcome): void;
  /** The provider has spent this token, and its answer names another person. */
  answeredAboutAnother(refreshToken: string): void;
  /** A store that reads refused a write of this process. */
  writeRefused(process: SimProcess): void;
  /** A process logs that the store is out of reach, or back. */
  storeReported(process: SimProcess, state: "down" | "up"): void;
  /** The record of a browser's newest session can't be read. */
  recordDamaged(session: SessionFacts, ms: number): void;
  tokenUsed(use: {
    readonly process: SimProcess;
    readonly text: string;
    readonly resource: string;
    readonly person?: string;
    readonly request?: RequestFacts;
  }): void;
  isAlive(token: string): boolean;
  revocationAsked(refreshToken: string): void;
  revocationFailed(refreshToken: string): void;
  requestArrived(request: RequestFacts, process: SimProcess): void;
  answerLeft(request: RequestFacts, process: SimProcess, answer: AnswerSeen): void;
  storeForgot(lastMs: number): void;
  /** A ledger is about to go with its process, in an orderly way. */
  ledgerCloses(): void;
  /** When nothing moves any more. */
  finish(): void;
}

export interface WitnessParts {
  readonly facts: Facts;
  readonly coverage: Coverage;
  readonly crypto: SimCrypto;
  readonly provider: SimProvider;
  readonly now: () => number;
  readonly log: (line: () => string) => void;
  touchedAt(sid: string): number | undefined;
}

interface Tombstone {
  readonly name: string;
  readonly iat: number;
}

/** By the provider's clock, in whole seconds: a sign-in of the same second is covered, too. */
function covers({ name, iat }: Tombstone, session: SessionFacts): boolean {
  const names = [`sub:${ISSUER}|${session.person}`, `sid:${ISSUER}|${session.chain.grant.idpSid}`];
  return names.includes(name) && iat >= session.idTokenIat;
}

export function createWitness(parts: WitnessParts): Witness {
  const { facts, coverage, provider, now, log } = parts;
  const violations: string[] = [];
  const calls: TokenCall[] = [];
  const tombstones: Tombstone[] = [];

  function accuse(what: string | undefined): void {
    if (what === undefined) return;
    violations.push(what);
    log(() => `VIOLATION: ${what}`);
  }

  function sessionOf(key: string): SessionFacts | undefined {
    const sid = parts.crypto.sidOfRecord(key);
    return sid === undefined ? undefined : facts.sessions.get(sid);
  }

  function noteGrant(
    refreshToken: string | undefined,
    accessTokens: Readonly<Record<string, AccessToken>>,
  ): void {
    if (refreshToken !== undefined) facts.accessTokensOf.set(refreshToken, accessTokens);
  }

  function meet(value: CookieValue, request: RequestFacts): SessionFacts | undefined {
    const known = facts.sessions.get(value.sid);
    if (known !== undefined) return known;
    const chain = Object.values(value.grant.accessTokens)
      .map(({ token }) => provider.tokenOf(token)?.chain)
      .find((found) => found !== undefined);
    if (chain === undefined) return undefined;
    const session: SessionFacts = {
      sid: value.sid,
      person: value.sub,
      browser: request.browser,
      chain,
      idTokenIat: value.idTokenIat,
      absoluteDeadline: value.absoluteDeadline,
      causes: new Map(),
      endedAt: undefined,
      endedAs: undefined,
      hasEndedStale: false,
      highestSpent: -1,
      firstShownAt: [],
      firstHandedAt: [],
      refusals: [],
      otherIdentityAt: undefined,
      troubleUntil: 0,
    };
    facts.sessions.set(value.sid, session);
    if (tombstones.some((tombstone) => covers(tombstone, session))) {
      session.causes.set("logged out by the provider", now());
    }
    noteGrant(value.grant.refreshToken, value.grant.accessTokens);
    return session;
  }

  function noteFirst(instants: number[], generation: number): void {
    for (let g = generation; g >= 0 && instants[g] === undefined; g -= 1) instants[g] = now();
  }

  function sessionsOnGrantOf(refreshToken: string): readonly SessionFacts[] {
    const grant = provider.chainOf(refreshToken)?.grant;
    return [...facts.sessions.values()].filter((session) => session.chain.grant === grant);
  }

  function sessionOfChain(refreshToken: string): SessionFacts | undefined {
    const chain = provider.chainOf(refreshToken);
    return [...facts.sessions.values()].find((session) => session.chain === chain);
  }

  function markEnded(session: SessionFacts, reason: EndReason): void {
    if (session.endedAt !== undefined) return;
    session.endedAt = now();
    session.endedAs = reason;
    log(() => `   session ${session.sid.slice(0, 4)} ended: ${reason}`);
    if (!rules.mayBeOver(facts, session, now())) {
      accuse(`a healthy session was ended: ${reason}`);
    }
    if (reason === "grant_ended") accuse(rules.wasRefusedWithOthers(facts, session, now()));
  }

  return {
    facts,
    violations: () => violations,
    accuse,
    ended(key, reason) {
      const session = sessionOf(key);
      if (session !== undefined) markEnded(session, reason);
    },
    ending(key, generation, reason) {
      const session = sessionOf(key);
      if (session === undefined || session.endedAt !== undefined) return;
      const whyNotStale = rules.whyNotStale(facts, session, generation, now());
      session.hasEndedStale = whyNotStale === undefined;
      // Only a stale cookie is answered so, where that is configured.
      if (reason !== "revoked") return;
      if (!rules.mayBeOver(facts, session, now())) accuse(whyNotStale);
      session.causes.set("logged out by the provider", now());
    },
    published(key, generation, sealed) {
      const next = parts.crypto.lookIntoSuccessor(sealed);
      if (next === undefined) return accuse(`something else than a successor was recorded at ${key}`);
      const { refreshToken } = next.lock;
      const session = sessionOf(key);
      if (session !== undefined) session.highestSpent = Math.max(session.highestSpent, generation);
      if (!facts.publishedAt.has(refreshToken)) facts.publishedAt.set(refreshToken, now());
      const grant = JSON.parse(next.text) as Pick<Grant, "refreshToken" | "accessTokens">;
      noteGrant(grant.refreshToken ?? refreshToken, grant.accessTokens);
      log(() => `   generation ${generation} is done: ${refreshToken} -> ${grant.refreshToken}`);
    },
    entombed(tombstone, iat) {
      const set = { name: tombstone, iat };
      tombstones.push(set);
      for (const session of facts.sessions.values()) {
        if (!covers(set, session)) continue;
        session.causes.set("logged out by the provider", now());
        markEnded(session, "revoked");
      }
    },
    tokenCallSent(process, request, begunAt) {
      const { refreshToken, resource } = request;
      const call: TokenCall = {
        id: calls.length,
        process,
        refreshToken,
        resource,
        begunAt,
        sentAt: now(),
        sentAtByProcess: process.ports.nowMs(),
        isProcessed: false,
        outcome: undefined,
        answeredAt: undefined,
      };
      calls.push(call);
      log(() => `   ${process.name} sends ${refreshToken} for "${resource}"`);
      const earlier = facts.tokenCalls.get(refreshToken) ?? [];
      for (const before of earlier) accuse(rules.mayBeSentAgain(facts, before, call));
      facts.tokenCalls.set(refreshToken, [...earlier, call]);
      const session = sessionOfChain(refreshToken);
      if (session !== undefined) accuse(rules.maySpend(facts, session, process, now()));
      return call.id;
    },
    sentAt: (call) => calls[call]?.sentAtByProcess ?? 0,
    tokenCallProcessed(id, isProcessed) {
      const call = calls[id];
      if (call !== undefined) call.isProcessed = isProcessed;
    },
    tokenCallAnswered(id, outcome) {
      const call = calls[id];
      if (call === undefined) return;
      call.outcome = outcome.kind;
      call.answeredAt = now();
      count(coverage, `token call ${outcome.kind}`);
      log(() => `   ${call.process.name} hears ${outcome.kind} for ${call.refreshToken}`);
      const session = sessionOfChain(call.refreshToken);
      if (outcome.kind === "success" && outcome.tokens.refreshToken !== undefined) {
        const before = facts.accessTokensOf.get(call.refreshToken) ?? {};
        const { accessToken: token, issuedAt, expiresAt, scope } = outcome.tokens;
        noteGrant(outcome.tokens.refreshToken, {
          ...before,
          [call.resource]: { token, issuedAt, expiresAt, scope },
        });
      }
      if (outcome.kind === "success") facts.successes.push({ process: call.process, at: now() });
      if (session === undefined) return;
      if (outcome.kind === "success") session.refusals = [];
      if (outcome.kind !== "refused" && outcome.kind !== "unreadable") return;
      session.refusals.push({ process: call.process, at: now() });
    },
    answeredAboutAnother(refreshToken) {
      const asked = sessionOfChain(refreshToken);
      if (asked !== undefined) asked.otherIdentityAt ??= now();
      for (const session of sessionsOnGrantOf(refreshToken))
        session.causes.set("answered about somebody else", now());
    },
    writeRefused(process) {
      const known = facts.unreported.get(process);
      const isContinued = known !== undefined && now() - known.last < 3_000;
      const since = isContinued ? known.since : now();
      if (!facts.reportedDown.has(process)) facts.unreported.set(process, { since, last: now() });
      accuse(outageReports.mustReportOutage(facts, process, now()));
    },
    storeReported(process, state) {
      facts.unreported.delete(process);
      if (state === "down") facts.reportedDown.add(process);
      else facts.reportedDown.delete(process);
      accuse(outageReports.mayReport(facts, process, state, now()));
    },
    recordDamaged(session, ms) {
      facts.damages.push([now(), now() + ms]);
      session.troubleUntil = Math.max(session.troubleUntil, now() + ms + 90_000);
    },
    tokenUsed({ process, text, resource, person, request }) {
      const token = provider.tokenOf(text);
      const use = {
        process,
        token,
        resource,
        ...(person === undefined ? {} : { person }),
        ...(request === undefined ? {} : { request }),
      };
      accuse(mayBeUsed(facts, use, now()));
      const session = request?.shown.find((entry) => entry.session.chain === token?.chain)?.session;
      if (session !== undefined && request?.arrivedAt !== undefined) {
        accuse(rules.mayActAs(facts, session, process, request.arrivedAt, now()));
      }
    },
    isAlive: (text) => provider.isAlive(text),
    revocationFailed: (refreshToken) => void facts.failedRevocations.add(refreshToken),
    revocationAsked(refreshToken) {
      log(() => `   ${refreshToken} is handed in for revocation`);
      count(coverage, "revocation asked");
      accuse(rules.mayBeRevoked(facts, refreshToken, sessionsOnGrantOf(refreshToken), now()));
    },
    requestArrived(request, process) {
      request.process = process;
      request.arrivedAt = now();
      for (const { session, generation } of request.shown) noteFirst(session.firstShownAt, generation);
      const [newest, ...older] = request.shown;
      for (const { session } of older) session.causes.set("shown beside a newer session", now());
      if (request.route === "logout")
        for (const { session } of request.shown) session.causes.set("signed out", now());
      if (newest === undefined && request.route !== "callback") return;
      if (request.route !== "callback") return;
      for (const session of facts.sessions.values()) {
        if (session.browser === request.browser) session.causes.set("signed in again", now());
      }
    },
    answerLeft(request, process, answer) {
      request.answeredAt = now();
      accuse(rules.isOverdue(facts, request, now()));
      accuse(rules.mayFailSo(facts, request, answer, now()));
      judgeAnswer({ ...parts, accuse }, request, process, answer);
      for (const value of answer.carried) {
        const session = meet(value, request);
        if (session === undefined) {
          accuse("a response carried a cookie with tokens that nobody issued");
          continue;
        }
        accuse(mayBeCarried(request, session, value.grant.generation));
        accuse(rules.mayBeHandedOut(facts, session, process, now()));
        noteFirst(session.firstHandedAt, value.grant.generation);
      }
    },
    ledgerCloses() {
      for (const session of facts.sessions.values()) accuse(rules.isLostWithLedger(facts, session, now()));
    },
    storeForgot(lastMs) {
      const since = now() - lastMs;
      facts.storeLosses.push(now());
      for (const [refreshToken, at] of facts.publishedAt)
        if (at >= since) facts.publishedAt.delete(refreshToken);
      for (const session of facts.sessions.values()) {
        session.causes.set("the store lost data", now());
        if (session.endedAt !== undefined && session.endedAt >= since) {
          session.endedAt = undefined;
          session.endedAs = undefined;
        }
      }
    },
    finish() {
      for (const request of facts.requests) {
        if (request.answeredAt === undefined && !request.isOver)
          accuse(rules.isOverdue(facts, request, now()));
      }
      for (const session of facts.sessions.values()) {
        accuse(rules.hasLeftovers(facts, session, now()));
        accuse(rules.livesOn(facts, session, now()));
      }
    },
  };
}
