import type { Context, MiddlewareHandler } from "hono";
import type { Parts } from "../parts.ts";
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
   */
  readonly session: MiddlewareHandler<BffEnv>;
  /** The same, where somebody has to be signed in: answers 401 `no_session` otherwise, 409 to a page of somebody else. */
  readonly requireSession: MiddlewareHandler<BffEnv>;
}

export function createPublicMiddleware(middleware: Middleware, parts: Parts): PublicMiddleware {
  const { admit, guard, knowSession, requireSession, answerProblem } = middleware;

  /** Opens with a step of ours, then tells people's own route what they may know. */
  function open(step: MiddlewareHandler<RouteEnv>): MiddlewareHandler<RouteEnv> {
    return (c, next) =>
      admit(c, async () => {
        await step(c, async () => {
          const { requestSession, bffRequest } = c.var;
          c.set("session", await toSessionView(requestSession, parts));
          c.set("getAccessToken", async (resource = "") => {
            const token = await requestSession.ensureFresh(resource);
            return token.kind === "granted"
              ? { kind: "granted", accessToken: token.value.token }
              : { kind: "denied", response: answerProblem(token.problem, bffRequest.requestId) };
          });
          await next();
        });
      });
  }

  return {
    guard: ({ downloads = false } = {}) =>
      forEveryone((c, next) =>
        admit(c, async () => void (await guard(downloads ? "download" : "fetch")(c, next))),
      ),
    session: forEveryone(open(knowSession)),
    requireSession: forEveryone(open(requireSession)),
  };
}

/** What the middleware itself puts into `c.var` is nobody else's business, so the type that people see doesn't name it. */
function forEveryone(middleware: MiddlewareHandler<RouteEnv>): MiddlewareHandler<BffEnv> {
  return (c, next) => middleware(c as unknown as Context<RouteEnv>, next);
}
