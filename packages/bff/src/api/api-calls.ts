import { USER_HEADER, writeSessionHeader } from "@coatcheck/contract";
import { isPdf, parseTarget } from "@coatcheck/proxy";
import type { PlainRequest } from "@coatcheck/proxy";
import type { ApiRouteSettings } from "../config/bff-settings.ts";
import { logInternalError } from "../observe/log-lines.ts";
import type { Core, RequestWay } from "../parts.ts";
import type { BffRequest, Peer } from "../request/bff-request.ts";
import type { BffResponse } from "../response/bff-response.ts";
import type { FinishFacts } from "../response/finish-response.ts";
import { renderProblem } from "../response/render-problem.ts";
import type { ProblemAnswer } from "../response/render-problem.ts";
import type { RequestSession } from "../session/request-session.ts";
import { toSessionGlimpse } from "../session/session-view.ts";
import type { ApiAnswer, ForwardCall } from "./forward-call.ts";
import { createLeadToPage } from "./lead-to-page.ts";

/** Calls of APIs over plain values: the same functions behind the Hono app and the direct way on Node. */
export interface ApiCalls {
  /** Answers a request whose path is an API's; `undefined`: it isn't, or it isn't in canonical form. Never rejects. */
  readonly answerDirectly: (plain: PlainRequest, peer: Peer) => Promise<BffResponse> | undefined;
  /** Answers a request that was admitted. Never rejects. */
  readonly answer: (request: BffRequest) => Promise<BffResponse>;
}

export function createApiCalls(parts: Core, way: RequestWay, forwardCall: ForwardCall): ApiCalls {
  const { findApiRoute, log } = parts;
  const leadToPage = createLeadToPage(parts);

  function refuse(problem: ProblemAnswer, facts: FinishFacts): BffResponse {
    return parts.finish(renderProblem(problem, facts.requestId), "data", facts);
  }

  /** Writes the session when the headers leave, and tells the page what it has become. */
  async function close(session: RequestSession, { requestId, headers }: BffRequest): Promise<FinishFacts> {
    const closing = await session.close();
    // Nobody was signed in, and the page didn't believe that somebody was: there is nothing to tell. Nor is there of the unknown.
    if (closing.value === undefined && (session.isUnknown || !headers.has(USER_HEADER)))
      return { requestId, setCookie: closing.setCookie };
    const glimpse = writeSessionHeader(await toSessionGlimpse(closing, parts));
    return { requestId, setCookie: closing.setCookie, session: glimpse };
  }

  async function answer(request: BffRequest, api: ApiRouteSettings): Promise<BffResponse> {
    const { requestId, plain } = request;
    if (!api.methods.includes(plain.method))
      return refuse({ code: "method_not_allowed", allow: api.methods }, { requestId });
    const kind = api.allowsDownloads ? "download" : "fetch";
    const verdict = way.guard(request, kind, api.target.prefix);
    if (verdict.kind === "refused") return refuse({ code: "guard_refused" }, { requestId });

    const startedAt = parts.monotonicMs();
    let session: RequestSession | undefined;
    let outcome: ApiAnswer;
    try {
      if (api.tokenKind !== "none") session = await way.openSession(request);
      outcome = await forwardCall(request, api, session);
      if (verdict.kind === "framed") outcome = onlyPdf(outcome);
    } catch (error) {
      logInternalError(log, error, { requestId, during: "handle" });
      outcome = { kind: "denied", problem: { code: "internal" } };
    }
    const facts = session === undefined ? { requestId } : await close(session, request);
    const response =
      outcome.kind === "denied"
        ? (leadToPage(outcome.problem, request, facts) ?? refuse(outcome.problem, facts))
        : parts.finish(outcome.response, "api", facts);
    parts.observer.call({
      route: api.target.prefix,
      status: response.status,
      durationMs: Math.round(parts.monotonicMs() - startedAt),
      ...(session?.value === undefined
        ? {}
        : { session: await parts.fingerprints.session(session.value.sid) }),
    });
    return response;
  }

  return {
    answerDirectly(plain, peer) {
      const target = parseTarget(plain.rawTarget);
      const api = target.kind === "parsed" ? findApiRoute(target.path) : undefined;
      if (api === undefined) return undefined;
      const admission = way.admit(plain, target, peer);
      return admission.kind === "admitted"
        ? answer(admission.request, api)
        : Promise.resolve(refuse(admission.problem, { requestId: admission.requestId }));
    },
    async answer(request) {
      const api = findApiRoute(request.path);
      return api === undefined
        ? refuse({ code: "unknown_route" }, { requestId: request.requestId })
        : answer(request, api);
    },
  };
}

/** What else an API says has no place in a frame of our origin (S-115). */
function onlyPdf(answer: ApiAnswer): ApiAnswer {
  if (answer.kind === "denied") return answer;
  const contentType = answer.response.headers.find(([name]) => name === "content-type")?.[1];
  if (isPdf(contentType)) return answer;
  answer.discard();
  return { kind: "denied", problem: { code: "guard_refused" } };
}
