import type { AnonymousReason } from "@coatcheck/contract";
import type { OpenedSession } from "@coatcheck/session";
import type { FreshOutcome, Grant, TokenVisit } from "@coatcheck/tokens";
import {
  logInternalError,
  logLedgerUnavailable,
  logResourceUnavailable,
  logSessionTooLarge,
} from "../observe/log-lines.ts";
import type { Core } from "../parts.ts";
import type { BffRequest } from "../request/bff-request.ts";
import type { ProblemAnswer } from "../response/render-problem.ts";
import { namesOfEnded } from "./replaced-sessions.ts";
import type { ReplacedSession } from "./replaced-sessions.ts";
import type { SessionEndReason } from "./session-end-hook.ts";
import type { SessionValue } from "./session-value.ts";

/** What the cookies say when the headers leave. */
export interface Closing {
  /** Whole Set-Cookie values. */
  readonly setCookie: readonly string[];
  /** The session as it stands now; `undefined` if there is none, or none any more. */
  readonly value: SessionValue | undefined;
  readonly reason: AnonymousReason;
}

export interface ObtainedToken {
  readonly token: string;
  /** The grant that it belongs to. */
  readonly grant: Grant;
}

/** Either what was asked for, or the problem that says why not. */
export type Access<Value> =
  | { readonly kind: "granted"; readonly value: Value }
  | { readonly kind: "denied"; readonly problem: ProblemAnswer };

/** One session during one request: opened once, written once. Newer tokens are written also if the request fails. */
export interface RequestSession {
  /** `undefined`: nobody is signed in. */
  readonly value: SessionValue | undefined;
  /** Names of the cookie that carries the session, and of its chunks. */
  readonly names: readonly string[];
  /** Why nobody is signed in. */
  readonly reason: AnonymousReason;
  /** Whether there is a session can't be told just now, since the ledger can't be asked: nobody may act. */
  readonly isUnknown: boolean;
  /** An access token that lives a little longer. */
  ensureFresh(resource: string): Promise<Access<ObtainedToken>>;
  /** A new access token, whatever the old one's age. */
  refreshNow(resource: string): Promise<Access<ObtainedToken>>;
  /** A newer access token than one that was refused; `undefined` where there can't be one yet. */
  replaceRefused(resource: string, used: Grant): Promise<Access<ObtainedToken> | undefined>;
  /** Makes the write move the idle deadline, if that is due. */
  extend(): void;
  /** Decides on Set-Cookie, once; later calls get the same answer. Never rejects. */
  close(): Promise<Closing>;
}

/** What the cookies of the request came to. */
export interface FoundSession {
  readonly current: { readonly opened: OpenedSession<SessionValue>; readonly visit: TokenVisit } | undefined;
  readonly reason: AnonymousReason;
  readonly isUnknown: boolean;
  /** Names of cookies to remove, whatever happens. */
  readonly removals: readonly string[];
  /** Sessions that this one replaces: their cookies go if they are ended when the headers leave. */
  readonly replaced: readonly ReplacedSession[];
  /** Every cookie name of ours that was shown. */
  readonly shown: readonly string[];
}

/** The answer to whoever needs a session and has none. */
export function noSession(reason: AnonymousReason): Access<never> {
  return { kind: "denied", problem: { code: "no_session", reason } };
}

export function createRequestSession(
  found: FoundSession,
  request: Pick<BffRequest, "requestId" | "clientAddress" | "headers" | "arrivedAt">,
  parts: Core,
): RequestSession {
  const { current } = found;
  const { sessions, log } = parts;
  const names = current === undefined ? [] : cookieAndChunks(current.opened.name, found.shown);
  const nobody = noSession(found.reason);
  let known: Grant | undefined;
  let isExtending = false;
  let endedAs: AnonymousReason | undefined;
  let closing: Promise<Closing> | undefined;

  function end(value: SessionValue, reason: SessionEndReason): AnonymousReason {
    parts.endHook.onShown(value, reason);
    endedAs = anonymousReason(reason);
    return endedAs;
  }

  function settle(
    outcome: FreshOutcome,
    session: NonNullable<FoundSession["current"]>,
    resource: string,
  ): Access<ObtainedToken> | Promise<Access<ObtainedToken>> {
    if (outcome.kind !== "fresh") return refuse(outcome, session, resource);
    // Also where it is unchanged: a newer one may be in the making beside the call, and rides on this response if done.
    known = outcome.grant;
    return { kind: "granted", value: { token: outcome.accessToken, grant: outcome.grant } };
  }

  async function refuse(
    outcome: Exclude<FreshOutcome, { kind: "fresh" }>,
    { opened, visit }: NonNullable<FoundSession["current"]>,
    resource: string,
  ): Promise<Access<never>> {
    if (outcome.kind === "ended") return noSession(end(opened.value, outcome.reason));
    const facts = {
      requestId: request.requestId,
      session: await parts.fingerprints.session(opened.value.sid),
      clientAddress: request.clientAddress,
    } as const;
    // An outage is nobody's fault here: sessions must be well at once when it is over.
    const isOurs = outcome.kind !== "unavailable" || outcome.code === "refresh_unavailable";
    const { keeper } = parts.providers.of(opened.value);
    if (isOurs && !keeper.isProviderDown()) await parts.limits.countFailedRefresh(facts.session, request);
    if (outcome.kind === "stale") {
      const { generation } = opened.value.grant;
      log({ level: "warn", event: "stale_cookie", ...facts, generation });
      // Unless the ledger has ended it the cookie stays: another tab may hold a newer one under the same name.
      const ended = parts.settings.onStaleCookie === "end" ? await keeper.isEnded(visit.session) : undefined;
      if (ended !== undefined) end(opened.value, ended);
      return { kind: "denied", problem: { code: "stale_cookie" } };
    }
    if (outcome.kind === "unobtainable") {
      logResourceUnavailable(log, { ...facts, resource });
      return { kind: "denied", problem: { code: "resource_unavailable" } };
    }
    const { code, retryAfterSeconds } = outcome;
    if (code === "ledger_unavailable") logLedgerUnavailable(log, { ...facts, during: "refresh" });
    else log({ level: "warn", event: "refresh_unavailable", ...facts });
    return { kind: "denied", problem: { code, retryAfterSeconds } };
  }

  /** Asks for a token, unless too many of this session's or client's refreshes have failed lately. */
  async function access(
    resource: string,
    ask: (visit: TokenVisit) => Promise<FreshOutcome>,
  ): Promise<Access<ObtainedToken>> {
    if (current === undefined) return nobody;
    const session = await parts.fingerprints.session(current.opened.value.sid);
    const verdict = await parts.limits.mayRefresh(session, request);
    if (verdict.kind === "allowed") return settle(await ask(current.visit), current, resource);
    const { retryAfterSeconds } = verdict;
    return { kind: "denied", problem: { code: "rate_limited", retryAfterSeconds } };
  }

  async function decide(): Promise<Closing> {
    const removals =
      found.replaced.length === 0
        ? found.removals
        : [...found.removals, ...(await namesOfEnded(found.replaced))];
    const over = (reason: AnonymousReason): Closing => ({
      setCookie: sessions.expire([...removals, ...names]),
      value: undefined,
      reason,
    });
    if (current === undefined || endedAs !== undefined) return over(endedAs ?? found.reason);
    const { opened, visit } = current;
    const live = (value: SessionValue, written: readonly string[] = []): Closing => ({
      setCookie: [...sessions.expire(removals), ...written],
      value,
      reason: "none",
    });
    // A cookie past its deadline that the ledger vouched for lost its re-seal: write it again.
    const isTouching = isExtending && (opened.isPastIdleDeadline || sessions.isTouchDue(opened.value));
    if (known === undefined && !isTouching) return live(opened.value);
    const value = isTouching ? parts.reseals.touch(opened.value) : opened.value;
    const grant = known ?? opened.value.grant;
    const outcome = await visit.close({
      known: grant,
      willWrite: isTouching || grant.generation !== opened.value.grant.generation,
      ...(isTouching ? { touchedAt: value.touchedAt } : {}),
    });
    if (outcome.kind === "ended") return over(end(opened.value, outcome.reason));
    if (outcome.withhold === true) return live({ ...opened.value, grant });
    if (!outcome.changed && !isTouching) return live(opened.value);
    // Unchanged, the cookie's own form of it is the one that fits.
    const next = { ...value, grant: outcome.changed ? outcome.grant : opened.value.grant };
    if (isTouching) {
      parts.listing.noteLater(next, request);
      parts.connections.touched(next);
    }
    const sealed = await parts.reseals.seal(next);
    if (sealed.kind === "sealed") return live(next, sealed.setCookie);
    // The ledger heals the cookie that stays behind.
    logSessionTooLarge(log, sealed.report, { requestId: request.requestId });
    return live(next);
  }

  /** Without its write the answer goes out all the same: the ledger heals the cookie that stays behind. */
  function keepCookie(error: unknown): Closing {
    logInternalError(log, error, { requestId: request.requestId, during: "close" });
    const value = current?.opened.value;
    const grant = known ?? value?.grant;
    return {
      setCookie: [],
      value: value === undefined || grant === undefined ? undefined : { ...value, grant },
      reason: found.reason,
    };
  }

  return {
    value: current?.opened.value,
    names,
    reason: found.reason,
    isUnknown: found.isUnknown,
    async ensureFresh(resource) {
      // A living token needs nobody's leave.
      return current !== undefined && (await current.visit.holdsToken(resource))
        ? settle(await current.visit.ensureFresh(resource), current, resource)
        : access(resource, (visit) => visit.ensureFresh(resource));
    },
    refreshNow: (resource) => access(resource, (visit) => visit.refreshNow(resource)),
    async replaceRefused(resource, used) {
      const outcome = await current?.visit.refreshRefused(resource, used);
      return current === undefined || outcome === undefined ? undefined : settle(outcome, current, resource);
    },
    extend: () => void (isExtending = true),
    close: () => (closing ??= decide().catch(keepCookie)),
  };
}

/** A session cookie's name, and the chunks that were shown with it. */
export function cookieAndChunks(name: string, shown: readonly string[]): readonly string[] {
  return [name, ...shown.filter((other) => other.startsWith(`${name}.`))];
}

/**
 * What the page is told of how a session ended. A replaced one was left behind by its own browser, whose page may have a call
 * under way with the older cookie: it is told no reason, so that it asks, and finds its person signed in.
 */
export function anonymousReason(reason: SessionEndReason): AnonymousReason {
  return reason === "replaced" ? "none" : reason;
}
