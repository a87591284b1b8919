import { BFF_PATHS } from "@coatcheck/contract";
import { parseTarget } from "@coatcheck/proxy";
import type { PlainRequest } from "@coatcheck/proxy";
import type { AnswerApiCall } from "./api/answer-api-call.ts";
import type { Core, RequestWay } from "./parts.ts";
import type { Peer } from "./request/bff-request.ts";
import type { BffResponse } from "./response/bff-response.ts";
import { renderProblem } from "./response/render-problem.ts";
import type { ProblemAnswer } from "./response/render-problem.ts";
import type { ViewSession } from "./session/view-session.ts";

/** Answers over plain values. `undefined`: it is something else, or isn't in canonical form. Never rejects. */
export type AnswerDirectly = (plain: PlainRequest, peer: Peer) => Promise<BffResponse> | undefined;

/**
 * Makes the way past the app for what a page asks for all the time: calls of APIs, and who is signed in.
 *
 * @param viewSession `undefined`: for calls of APIs alone
 */
export function createAnswerDirectly(
  { findApiRoute, finish }: Core,
  { admit, guard }: RequestWay,
  answerApiCall: AnswerApiCall,
  viewSession?: ViewSession,
): AnswerDirectly {
  function refuse(problem: ProblemAnswer, requestId: string): Promise<BffResponse> {
    return Promise.resolve(finish(renderProblem(problem, requestId), "data", { requestId }));
  }

  return (plain, peer) => {
    const target = parseTarget(plain.rawTarget);
    if (target.kind === "refused") return undefined;
    const view = target.path === BFF_PATHS.session && plain.method === "GET" ? viewSession : undefined;
    const api = view === undefined ? findApiRoute(target.path) : undefined;
    if (view === undefined && api === undefined) return undefined;
    const admission = admit(plain, target, peer);
    if (admission.kind === "refused") return refuse(admission.problem, admission.requestId);
    const { request } = admission;
    // It has its own guard, by the route.
    if (api !== undefined) return answerApiCall(request, api);
    const isRefused = guard(request, "fetch", BFF_PATHS.session).kind === "refused";
    return isRefused ? refuse({ code: "guard_refused" }, request.requestId) : view?.(request);
  };
}
