import { isPdf, parseTarget } from "@coatcheck/proxy";
import type { ParsedTarget, RefusedTarget } from "@coatcheck/proxy";
import type { Context, MiddlewareHandler, Next } from "hono";
import { routePath } from "hono/route";
import type { GuardKind } from "../guard/guard-request.ts";
import type { Core, RequestWay } from "../parts.ts";
import type { BffRequest } from "../request/bff-request.ts";
import { hasRefusalPage, renderRefusalPage } from "../response/refusal-page.ts";
import { renderProblem } from "../response/render-problem.ts";
import type { ProblemAnswer } from "../response/render-problem.ts";
import type { RequestSession } from "../session/request-session.ts";
import { requireSignedIn, SESSION_UNKNOWN } from "../session/require-signed-in.ts";
import type { RouteEnv } from "./bff-env.ts";
import { guardOf } from "./own-routes.ts";
import { peerOf, rawTargetOf, toPlainRequest, toWebResponse, waitUntilOf } from "./plain-http.ts";
import { prependCookies } from "./set-cookies.ts";

type RouteMiddleware = MiddlewareHandler<RouteEnv>;

/** The functions of a request's way as Hono middleware. */
export interface Middleware {
  /** Reads the request into `c.var.bffRequest`, once, or answers why it can't be. */
  readonly admit: RouteMiddleware;
  /** @param place for the log; default: the path under which the middleware stands */
  readonly guard: (kind: GuardKind, place?: string) => RouteMiddleware;
  /** Opens the session into `c.var.requestSession`, once, and writes it when the headers leave, also after a failure. */
  readonly openSession: RouteMiddleware;
  /** The same, where it has to be known who is signed in, if anybody: answers 503 while the ledger can't say so. */
  readonly knowSession: RouteMiddleware;
  /** The same, where somebody has to be signed in: sets `c.var.signedIn`, or answers why not. */
  readonly requireSession: RouteMiddleware;
  readonly answerProblem: (problem: ProblemAnswer, requestId: string) => Response;
}

export function createMiddleware(parts: Core, way: RequestWay): Middleware {
  function answerProblem(problem: ProblemAnswer, requestId: string): Response {
    return toWebResponse(parts.finish(renderProblem(problem, requestId), "data", { requestId }));
  }

  /** Without this, whoever has too many cookies of other applications would read JSON at the sign-in, and not know what to do. */
  async function answerPerson(problem: ProblemAnswer, requestId: string): Promise<Response> {
    if (!hasRefusalPage(problem.code)) return answerProblem(problem, requestId);
    const { headers, ...page } = await renderRefusalPage(problem.code, parts.settings);
    return toWebResponse({ ...page, headers: [...headers, ["x-request-id", requestId]] });
  }

  const admit: RouteMiddleware = async (c, next) => {
    if ((c.get("bffRequest") as BffRequest | undefined) === undefined) {
      const rawTarget = rawTargetOf(c);
      const target = parseTarget(rawTarget);
      const admission = way.admit(toPlainRequest(c, rawTarget), target, peerOf(c, parts.addressHeader));
      if (admission.kind === "refused") {
        const { problem, requestId } = admission;
        c.res = isForPerson(c, target)
          ? await answerPerson(problem, requestId)
          : answerProblem(problem, requestId);
        return;
      }
      c.set("bffRequest", admission.request);
      const waitUntil = waitUntilOf(c);
      if (waitUntil !== undefined) return holdOpen(waitUntil, next);
    }
    await next();
  };

  /**
   * Cloudflare stops what a request began as soon as its client is gone: without this, a token call would be lost with it, and
   * everyone else who waits for that call would wait in vain.
   */
  async function holdOpen(waitUntil: (work: Promise<unknown>) => void, next: Next): Promise<void> {
    const answered = Promise.withResolvers<void>();
    waitUntil(answered.promise.then(parts.settle));
    try {
      await next();
    } finally {
      answered.resolve();
    }
  }

  const openSession: RouteMiddleware = async (c, next) => {
    // However many ask for it: who opened it writes it.
    if ((c.get("requestSession") as RequestSession | undefined) !== undefined) return next();
    const { bffRequest } = c.var;
    const session = await way.openSession(bffRequest);
    c.set("requestSession", session);
    await next();
    prependCookies(c, (await session.close()).setCookie);
  };

  const knowSession: RouteMiddleware = (c, next) =>
    openSession(c, async () => {
      const { bffRequest, requestSession } = c.var;
      if (requestSession.isUnknown) c.res = answerProblem(SESSION_UNKNOWN, bffRequest.requestId);
      else await next();
    });

  const requireSession: RouteMiddleware = (c, next) =>
    openSession(c, async () => {
      const { bffRequest, requestSession } = c.var;
      const signedIn = await requireSignedIn(requestSession, bffRequest, parts.fingerprints);
      if (signedIn.kind === "denied") {
        c.res = answerProblem(signedIn.problem, bffRequest.requestId);
        return;
      }
      c.set("signedIn", signedIn.value);
      await next();
    });

  return {
    admit,
    guard: (kind, place) => async (c, next) => {
      const { bffRequest } = c.var;
      const verdict = way.guard(bffRequest, kind, place ?? routePath(c));
      if (verdict.kind === "refused") {
        c.res = answerProblem({ code: "guard_refused" }, bffRequest.requestId);
        return;
      }
      c.set("isForeignNavigation", verdict.kind === "foreign");
      await next();
      if (verdict.kind !== "framed" || isPdf(c.res.headers.get("content-type"))) return;
      // Without the first line, Hono would keep the headers of the answer.
      c.res = undefined;
      c.res = answerProblem({ code: "guard_refused" }, bffRequest.requestId);
    },
    openSession,
    knowSession,
    requireSession,
    answerProblem,
  };
}

/** A browser that navigates to a route for navigations. */
function isForPerson(c: Context, target: ParsedTarget | RefusedTarget): boolean {
  if (target.kind === "refused" || guardOf(target.path) !== "navigation" || c.req.method !== "GET")
    return false;
  return (
    c.req.header("sec-fetch-dest") === "document" ||
    (c.req.header("sec-fetch-mode") === undefined && c.req.header("accept")?.includes("text/html") === true)
  );
}
