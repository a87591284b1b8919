import type { Context, MiddlewareHandler } from "hono";
import type { Parts } from "../parts.ts";
import { unlessRecent, unlessScoped } from "../session/demands.ts";
import type { SessionDemands } from "../session/demands.ts";
import { toSessionView } from "../session/session-view.ts";
import type { BffEnv, RouteEnv } from "./bff-env.ts";
import type { Middleware } from "./middleware.ts";

/** Middleware for people's own routes: the guard and the session that the BFF's own have. */
export interface PublicMiddleware {
  /** Lets only our own page's scripts pass; `downloads`: and GETs that our page began without a script. */
  readonly guard: (options?: { readonly downloads?: boolean }) => MiddlewareHandler<BffEnv>;
  /**
   * Opens the session into `c.var.session`; newer tokens leave with the answer, also with a failure. Answers 503
   * `ledger_unavailable` where only the ledger knows whether a session is still alive, and can't be asked.
   *
   * @example app.get("/hello", bff.session(), (c) => c.text(c.var.session.state))
   */
  readonly session: () => MiddlewareHandler<BffEnv>;
  /**
   * The same, where somebody has to be signed in: answers 401 `no_session` otherwise, 409 to a page of somebody else, 401
   * `step_up_required` and 403 `insufficient_scope` where the session isn't what is demanded.
   *
   * @example app.delete("/account", bff.guard(), bff.requireSession({ maxAgeSeconds: 300 }), deleteAccount)
   */
  readonly requireSession: (demands?: SessionDemands) => MiddlewareHandler<BffEnv>;
}

export function createPublicMiddleware(middleware: Middleware, parts: Parts): PublicMiddleware {
  const { admit, guard, knowSession, requireSession, answerProblem } = middleware;

  /** Tells people's own route what it may know. */
  const show: MiddlewareHandler<RouteEnv> = async (c, next) => {
    c.set("session", await toSessionView(c.var.requestSession, parts));
    await next();
  };

  function demand(demands: SessionDemands): MiddlewareHandler<RouteEnv> {
    return async (c, next) => {
      const { signedIn, bffRequest } = c.var;
      let problem = unlessRecent(signedIn.value, demands, {
        nowMs: parts.nowMs(),
        toleranceSeconds: parts.providers.of(signedIn.value).config.clockToleranceSeconds,
      });
      if (problem === undefined && demands.scopes !== undefined) {
        const token = await signedIn.ensureFresh("");
        problem = token.kind === "denied" ? token.problem : unlessScoped(token.value, "", demands);
      }
      if (problem === undefined) await show(c, next);
      else c.res = answerProblem(problem, bffRequest.requestId);
    };
  }

  function open(step: MiddlewareHandler<RouteEnv>, then: MiddlewareHandler<RouteEnv>) {
    return forEveryone((c, next) =>
      admit(c, async () => void (await step(c, async () => void (await then(c, next))))),
    );
  }

  return {
    guard: ({ downloads = false } = {}) =>
      forEveryone((c, next) =>
        admit(c, async () => void (await guard(downloads ? "download" : "fetch")(c, next))),
      ),
    session: () => open(knowSession, show),
    requireSession: (demands = {}) => open(requireSession, demand(demands)),
  };
}

/** What the middleware itself puts into `c.var` is nobody else's business, so the type that people see doesn't name it. */
function forEveryone(middleware: MiddlewareHandler<RouteEnv>): MiddlewareHandler<BffEnv> {
  return (c, next) => middleware(c as unknown as Context<RouteEnv>, next);
}
