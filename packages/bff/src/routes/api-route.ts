import { PROBLEM_STATUS, USER_HEADER } from "@coatcheck/contract";
import type { Caller, Forward, ForwardOutcome, PlainRequest } from "@coatcheck/proxy";
import type { ApiRouteSettings } from "../config/bff-settings.ts";
import type { Parts } from "../parts.ts";
import { problem } from "../request/answer.ts";
import type { Answer } from "../request/answer.ts";
import type { Exchange } from "../request/exchange.ts";
import { bufferForReplay } from "../request/replayable.ts";
import { isAcrValues } from "../step-up.ts";
import type { Route } from "../route.ts";
import { requireSignedIn } from "../session/sign-in-check.ts";
import type { Access, SignedIn, Token, TokenAccess } from "../session/token-access.ts";

export interface ApiRouteParts extends Pick<
  Parts,
  "fingerprints" | "log" | "observer" | "monotonicMs" | "settings"
> {
  readonly tokens: TokenAccess;
  readonly forward: Forward;
}

/** One API behind the counter: the session's access token goes out with the call and never comes back. */
export function createApiRoute(api: ApiRouteSettings, parts: ApiRouteParts): Route {
  const { tokens, log } = parts;

  return {
    methods: api.methods,
    guard: api.allowsDownloads ? "download" : "fetch",
    maxBodyBytes: api.target.maxBodyBytes,
    allowsEncodedSlashes: api.target.allowEncodedSlashes === true,
    async handle(exchange) {
      const startedAt = parts.monotonicMs();
      const who = await identify(exchange);
      const answer = who.kind === "denied" ? who.answer : await call(exchange, who.value);
      const sid = who.kind === "granted" ? who.value?.ref.sid : undefined;
      parts.observer.call({
        route: api.target.prefix,
        status: statusOf(answer),
        durationMs: Math.round(parts.monotonicMs() - startedAt),
        ...(sid === undefined ? {} : { session: await parts.fingerprints.session(sid) }),
      });
      return answer;
    },
  };

  async function identify(exchange: Exchange): Promise<Access<SignedIn | undefined>> {
    if (api.tokenKind === "none") return { kind: "granted", value: undefined };
    if (api.tokenKind === "user") return requireSignedIn(exchange, parts.fingerprints);
    const visit = await exchange.openSession();
    if (visit.session !== undefined || visit.isUnknown) return requireSignedIn(exchange, parts.fingerprints);
    // The page believes that somebody is signed in: it must not write as nobody.
    return exchange.headers.has(USER_HEADER)
      ? { kind: "denied", answer: problem({ code: "user_changed" }) }
      : { kind: "granted", value: undefined };
  }

  async function call(exchange: Exchange, who: SignedIn | undefined): Promise<Answer> {
    if (who === undefined) return render(await send(exchange, exchange.request, undefined), exchange);
    const token = await tokens.ensureFresh(who, exchange, api.resource);
    if (token.kind === "denied") return token.answer;
    who.visit.extend();
    const buffered = await bufferForReplay(exchange.request, exchange.headers);
    const outcome = await send(exchange, buffered.request, token.value);
    if (outcome.kind !== "answered" || !outcome.invalidToken) return render(outcome, exchange);

    const newer = await tokens.replaceRefused(who, exchange, api.resource, token.value.grant);
    if (newer === undefined) return render(outcome, exchange);
    if (newer.kind === "denied") {
      outcome.discard();
      return newer.answer;
    }
    // The next call will fare better; this one may have had an effect and can't be sent again.
    if (!buffered.canReplay) return render(outcome, exchange);
    outcome.discard();
    return render(await send(exchange, buffered.request, newer.value), exchange);
  }

  function send(
    exchange: Exchange,
    request: PlainRequest,
    token: Token | undefined,
  ): Promise<ForwardOutcome> {
    const caller: Caller = {
      ...(exchange.clientAddress === undefined ? {} : { clientAddress: exchange.clientAddress }),
      publicOrigin: parts.settings.publicOrigin,
      requestId: exchange.requestId,
    };
    return parts.forward(request, api.target, token?.accessToken, caller);
  }

  function render(outcome: ForwardOutcome, { requestId }: Exchange): Answer {
    if (outcome.kind === "answered") return stepUp(outcome) ?? { kind: "plain", response: outcome.response };
    const route = api.target.prefix;
    if (outcome.kind === "refused") {
      log({ level: "info", event: "proxy_refused", requestId, route, code: outcome.code });
      return problem({ code: outcome.code });
    }
    if (outcome.kind === "failed") {
      log({
        level: "warn",
        event: "proxy_failed",
        requestId,
        route,
        code: outcome.code,
        reason: outcome.reason,
      });
      return problem({ code: outcome.code });
    }
    // Nobody is left to read it; new tokens are in the ledger.
    return problem({ code: "upstream_failed" });
  }
}

function statusOf(answer: Answer): number {
  if (answer.kind === "plain") return answer.response.status;
  return answer.kind === "problem" ? PROBLEM_STATUS[answer.problem.code] : 200;
}

/** An API that wants a fresher or stronger sign-in: the page is told which, and begins it (S-118). @see RFC 9470 section 3 */
function stepUp({
  response,
  challenge,
  discard,
}: Extract<ForwardOutcome, { kind: "answered" }>): Answer | undefined {
  if (response.status !== 401 || challenge?.error !== "insufficient_user_authentication") return undefined;
  discard();
  const acrValues =
    challenge.acrValues !== undefined && isAcrValues(challenge.acrValues) ? challenge.acrValues : undefined;
  return problem({
    code: "step_up_required",
    ...(acrValues === undefined ? {} : { acrValues }),
    ...(challenge.maxAgeSeconds === undefined ? {} : { maxAgeSeconds: challenge.maxAgeSeconds }),
  });
}
