import { USER_HEADER, writeSessionHeader } from "@coatcheck/contract";
import { isPdf } from "@coatcheck/proxy";
import type { ApiRouteSettings } from "../config/bff-settings.ts";
import { logInternalError } from "../observe/log-lines.ts";
import type { Core, RequestWay } from "../parts.ts";
import type { BffRequest } from "../request/bff-request.ts";
import type { BffResponse } from "../response/bff-response.ts";
import type { FinishFacts } from "../response/finish-response.ts";
import { renderProblem } from "../response/render-problem.ts";
import type { ProblemAnswer } from "../response/render-problem.ts";
import type { RequestSession } from "../session/request-session.ts";
import { toSessionGlimpse } from "../session/session-view.ts";
import type { ApiAnswer, ForwardCall } from "./forward-call.ts";
import { createLeadToPage } from "./lead-to-page.ts";

/** Answers a call of an API that was admitted: the same function behind the Hono app and the direct way on Node. Never rejects. */
export type AnswerApiCall = (request: BffRequest, api: ApiRouteSettings) => Promise<BffResponse>;

export function createAnswerApiCall(parts: Core, way: RequestWay, forwardCall: ForwardCall): AnswerApiCall {
  const { log } = parts;
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
    const seeing = toSessionGlimpse(closing, parts);
    const glimpse = seeing instanceof Promise ? await seeing : seeing;
    return { requestId, setCookie: closing.setCookie, session: writeSessionHeader(glimpse) };
  }

  return async (request, api) => {
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
      if (api.tokenKind === "user" || api.tokenKind === "user-or-none")
        session = await way.openSession(request);
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
    const durationMs = Math.round(parts.monotonicMs() - startedAt);
    const naming = session?.value === undefined ? undefined : parts.fingerprints.session(session.value.sid);
    const fingerprint = naming instanceof Promise ? await naming : naming;
    parts.observer.call({
      method: plain.method,
      route: api.target.prefix,
      status: response.status,
      durationMs,
      ...(fingerprint === undefined ? {} : { session: fingerprint }),
    });
    return response;
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
