import { IDLE_HEADER, USER_HEADER } from "@coatcheck/contract";
import type { Caller, Forward, ForwardOutcome } from "@coatcheck/proxy";
import type { ApiRouteSettings } from "../config/bff-settings.ts";
import type { SessionCalls } from "../limits/session-calls.ts";
import { logProxyFailed, logResourceUnavailable } from "../observe/log-lines.ts";
import { noteOverload } from "../observe/note-overload.ts";
import type { Core } from "../parts.ts";
import type { BffRequest } from "../request/bff-request.ts";
import type { ProblemAnswer } from "../response/render-problem.ts";
import type { Access, ObtainedToken, RequestSession } from "../session/request-session.ts";
import { unlessRecent, unlessScoped } from "../session/demands.ts";
import { requireSignedIn } from "../session/require-signed-in.ts";
import type { SignedInSession } from "../session/require-signed-in.ts";
import { isAcrValues } from "../step-up.ts";
import type { BffResponse } from "../response/bff-response.ts";
import { createClientTokens } from "./client-tokens.ts";
import { endWithSession } from "./end-with-session.ts";
import { createExchangedTokens } from "./exchanged-tokens.ts";
import type { SubjectToken } from "./exchanged-tokens.ts";
import { createBoundCalls } from "./bound-calls.ts";
import type { IssuedToken } from "./bound-calls.ts";
import { bufferForReplay } from "./replayable.ts";
import type { Replayable } from "./replayable.ts";

/** What an API said, or the problem that the page gets instead. */
export type ApiAnswer =
  /** Whoever doesn't pass the response on calls `discard`. */
  | { readonly kind: "answered"; readonly response: BffResponse; readonly discard: () => void }
  | { readonly kind: "denied"; readonly problem: ProblemAnswer };

/**
 * Forwards one call with the session's access token, which never comes back; refreshes and sends once more where the API
 * refuses the token.
 *
 * @param by what makes the call. Default: what forwards requests
 */
export type ForwardCall = (
  request: BffRequest,
  api: ApiRouteSettings,
  session: RequestSession | undefined,
  by?: Forward,
) => Promise<ApiAnswer>;

/** One request, as it is sent: with whatever token. */
type Send = (kept: Pick<Replayable, "plain" | "isKept">, issued?: IssuedToken) => Promise<ForwardOutcome>;

export function createForwardCall(parts: Core, forward: Forward, calls: SessionCalls): ForwardCall {
  const { log } = parts;
  const clientTokens = createClientTokens(parts);
  const exchangedTokens = createExchangedTokens(parts);
  // Whichever provider gave it: a proof is made with the token's own key, and the nonces are the APIs'.
  const bound = createBoundCalls(parts.providers.all[0].provider.dpop);

  /** Whose token goes with the call; nobody's where the route can do without. */
  function identify(
    request: BffRequest,
    api: ApiRouteSettings,
    session: RequestSession | undefined,
  ): Access<SignedInSession | undefined> | Promise<Access<SignedInSession | undefined>> {
    if (session === undefined) return { kind: "granted", value: undefined };
    const isAnonymous = api.tokenKind === "user-or-none" && session.value === undefined && !session.isUnknown;
    if (!isAnonymous) return requireSignedIn(session, request, parts.fingerprints);
    // The page believes that somebody is signed in: it must not write as nobody.
    return request.headers.has(USER_HEADER)
      ? { kind: "denied", problem: { code: "user_changed" } }
      : { kind: "granted", value: undefined };
  }

  function createSend({ requestId, clientAddress }: BffRequest, api: ApiRouteSettings, by: Forward): Send {
    const caller: Caller = { clientAddress, publicOrigin: parts.settings.publicOrigin, requestId };
    return ({ plain, isKept }, issued) => {
      if (issued === undefined) return by(plain, api.target, undefined, caller);
      const credential = bound.credentialOf(issued, api);
      // The route was asked before: see `unlessBound`.
      if (typeof credential !== "object") return by(plain, api.target, credential, caller);
      return bound.send(() => by(plain, api.target, credential, caller), api, isKept);
    };
  }

  /** The answer to a token that is bound to no key, where the API takes no other. */
  function unlessBound(issued: IssuedToken, api: ApiRouteSettings): ApiAnswer | undefined {
    if (bound.credentialOf(issued, api) !== undefined) return undefined;
    log({ level: "warn", event: "token_not_bound", route: api.target.prefix });
    return problem({ code: "resource_unavailable" });
  }

  function refuseOverload(
    requestId: string,
    api: ApiRouteSettings,
    limit: "upstream" | "circuit" | "session",
    retryAfterMs = 1_000,
  ): ApiAnswer {
    noteOverload(parts, { requestId, route: api.target.prefix, limit });
    return problem({
      code: "overloaded",
      retryAfterSeconds: Math.ceil(retryAfterMs / 1_000),
      ...(limit === "circuit"
        ? { detail: "The API can't be reached; wait as long as Retry-After says." }
        : {}),
    });
  }

  function toAnswer(outcome: ForwardOutcome, { requestId }: BffRequest, api: ApiRouteSettings): ApiAnswer {
    if (outcome.kind === "answered") return stepUp(outcome) ?? outcome;
    const route = api.target.prefix;
    if (outcome.kind === "overloaded")
      return refuseOverload(requestId, api, outcome.limit, outcome.retryAfterMs);
    if (outcome.kind === "refused") {
      log({ level: "info", event: "proxy_refused", requestId, route, code: outcome.code });
      return problem({ code: outcome.code });
    }
    if (outcome.kind === "failed") {
      const { code, reason } = outcome;
      logProxyFailed(log, { requestId, route, code, reason });
      return problem({ code });
    }
    // Nobody is left to read it; new tokens are in the ledger.
    return problem({ code: "upstream_failed" });
  }

  /** A call in the application's own name: whoever is behind the page doesn't matter. */
  async function forwardAsClient(request: BffRequest, api: ApiRouteSettings, send: Send): Promise<ApiAnswer> {
    const { demands } = api;
    const { scopes = [] } = demands;
    const token = await clientTokens.get(api, scopes);
    if (token.kind === "denied") return token;
    const unbound = unlessBound(token.value, api);
    if (unbound !== undefined) return unbound;
    const replayable = await bufferForReplay(request, token.value.dpopKey !== undefined);
    const outcome = await send(replayable, token.value);
    if (outcome.kind !== "answered" || !outcome.invalidToken) return toAnswer(outcome, request, api);
    clientTokens.drop(api, scopes, token.value.token);
    const newer = await clientTokens.get(api, scopes);
    if (!replayable.canReplay || newer.kind === "denied" || newer.value.token === token.value.token)
      return toAnswer(outcome, request, api);
    outcome.discard();
    return toAnswer(await send(replayable, newer.value), request, api);
  }

  /** Of whoever is signed in; their session is told what it needs to know for its cookie. */
  async function forwardFor(
    request: BffRequest,
    api: ApiRouteSettings,
    opened: RequestSession | undefined,
    send: Send,
  ): Promise<ApiAnswer> {
    if (api.tokenKind === "client") return forwardAsClient(request, api, send);
    const identifying = identify(request, api, opened);
    const who = identifying instanceof Promise ? await identifying : identifying;
    if (who.kind === "denied") return who;
    const session = who.value;
    if (session === undefined)
      return toAnswer(await send({ plain: request.plain, isKept: false }), request, api);

    const own = parts.providers.of(session.value);
    if (api.providers !== undefined && !api.providers.includes(own.name)) {
      logResourceUnavailable(log, {
        requestId: request.requestId,
        resource: api.resource,
        provider: own.name,
      });
      return problem({ code: "resource_unavailable" });
    }
    const old = unlessRecent(session.value, api.demands, {
      nowMs: parts.nowMs(),
      toleranceSeconds: own.config.clockToleranceSeconds,
    });
    if (old !== undefined) return problem(old);
    const token = await session.ensureFresh(api.resource);
    if (token.kind === "denied") return token;
    const unscoped = unlessScoped(token.value, api.resource, api.demands);
    if (unscoped !== undefined) return problem(unscoped);
    const { dpopKey } = session.value;
    const { exchange } = api;
    const subjectOf = ({ token: text, grant }: ObtainedToken): SubjectToken => ({
      token: text,
      expiresAt: grant.accessTokens[api.resource]?.expiresAt ?? 0,
      ...(dpopKey === undefined ? {} : { dpopKey }),
    });
    /** The token that goes with the call: the session's own, or one that the provider gives for it. */
    const toIssue = (value: ObtainedToken): Access<IssuedToken> | Promise<Access<IssuedToken>> =>
      exchange === undefined
        ? { kind: "granted", value: subjectOf(value) }
        : exchangedTokens.get(own, exchange, subjectOf(value), request);
    const first = toIssue(token.value);
    const issued = first instanceof Promise ? await first : first;
    if (issued.kind === "denied") return issued;
    const unbound = unlessBound(issued.value, api);
    if (unbound !== undefined) return unbound;
    if (!request.headers.has(IDLE_HEADER)) session.extend();
    const buffering = bufferForReplay(request, dpopKey !== undefined);
    const replayable = buffering instanceof Promise ? await buffering : buffering;
    const outcome = await send(replayable, issued.value);
    if (outcome.kind !== "answered" || !outcome.invalidToken) return toAnswer(outcome, request, api);

    // The person's own token wasn't refused: another one is asked for in exchange for it.
    if (exchange !== undefined) exchangedTokens.drop(exchange, subjectOf(token.value), issued.value.token);
    const newer =
      exchange === undefined ? await session.replaceRefused(api.resource, token.value.grant) : token;
    if (newer === undefined) return toAnswer(outcome, request, api);
    if (newer.kind === "denied") {
      outcome.discard();
      return newer;
    }
    // The next call will fare better; this one may have had an effect and can't be sent again.
    if (!replayable.canReplay) return toAnswer(outcome, request, api);
    const again = await toIssue(newer.value);
    const isSame = again.kind === "granted" && again.value.token === issued.value.token;
    if (again.kind === "denied" || (exchange !== undefined && isSame)) return toAnswer(outcome, request, api);
    outcome.discard();
    return toAnswer(await send(replayable, again.value), request, api);
  }

  return async (request, api, opened, by = forward) => {
    const sid = opened?.value?.sid ?? "";
    if (!calls.enter(sid)) return refuseOverload(request.requestId, api, "session");
    try {
      const answer = await forwardFor(request, api, opened, createSend(request, api, by));
      return endWithSession(answer, { session: opened?.value, api, signal: request.plain.signal }, parts);
    } finally {
      if (sid !== "") calls.leave(sid);
    }
  };
}

function problem(answer: ProblemAnswer): ApiAnswer {
  return { kind: "denied", problem: answer };
}

/** An API that wants a fresher or stronger sign-in: the page is told which, and begins it (S-118). @see RFC 9470 section 3 */
function stepUp({
  response,
  challenge,
  discard,
}: Extract<ForwardOutcome, { kind: "answered" }>): ApiAnswer | undefined {
  if (response.status !== 401 || challenge?.error !== "insufficient_user_authentication") return undefined;
  discard();
  const { acrValues, maxAgeSeconds } = challenge;
  return problem({
    code: "step_up_required",
    ...(acrValues !== undefined && isAcrValues(acrValues) ? { acrValues } : {}),
    ...(maxAgeSeconds === undefined ? {} : { maxAgeSeconds }),
  });
}
