import { Hono } from "hono";
import type { Context } from "hono";
import type { AnswerApiCall } from "../api/answer-api-call.ts";
import { logInternalError } from "../observe/log-lines.ts";
import type { Core } from "../parts.ts";
import type { BffRequest } from "../request/bff-request.ts";
import type { OwnedPaths } from "../owned-paths.ts";
import type { RouteEnv } from "./bff-env.ts";
import { answerHumanPage } from "./human-page.ts";
import type { Traced } from "../tracing/create-traced.ts";
import type { Middleware } from "./middleware.ts";
import { createOwnRoutes, guardOf } from "./own-routes.ts";
import { rawTargetOf, toWebResponse } from "./plain-http.ts";

/**
 * Creates the Hono app: admission, our own routes behind their guard, the API routes.
 *
 * Paths that aren't ours fall through to whatever is mounted after it, and so does what nobody offers under `/api`; a page or
 * a 404 from there becomes our 404.
 *
 * @param addRoutes adds our own routes.
 */
export function createApp(
  {
    settings,
    limits,
    log,
    findApiRoute,
    newRequestId,
    traceOwnRoutes,
  }: Core & { readonly traceOwnRoutes: Traced["ownRoutes"] },
  owned: OwnedPaths,
  middleware: Middleware,
  answerApiCall: AnswerApiCall,
  addRoutes: (app: Hono<RouteEnv>) => void,
): Hono<RouteEnv> {
  const app = new Hono<RouteEnv>();

  function answerFailure(error: unknown, c: Context<RouteEnv>): Response | Promise<Response> {
    const request = c.get("bffRequest") as BffRequest | undefined;
    const requestId = request?.requestId ?? newRequestId();
    logInternalError(log, error, { requestId, during: "handle" });
    return guardOf(request?.path ?? "") === "navigation"
      ? answerHumanPage(c, "internal", "/", settings)
      : middleware.answerProblem({ code: "internal" }, requestId);
  }

  app.onError(answerFailure);
  // Where the app stands alone. Mounted in another one, that one's handler answers.
  app.notFound(async (c) => {
    await middleware.admit(c, async () => {
      c.res = middleware.answerProblem({ code: "unknown_route" }, c.var.bffRequest.requestId);
    });
    return c.res;
  });
  app.use(async (c, next) => {
    // Also where only the router, which reads another form of the path, takes it for ours: no route runs unadmitted.
    if (!owned.owns(rawTargetOf(c)) && !owned.isPlain(c.req.path)) {
      await next();
      return;
    }
    try {
      await middleware.admit(c, async () => {
        const { path, requestId } = c.var.bffRequest;
        if (owned.isPlain(path)) await next();
        else c.res = middleware.answerProblem({ code: "unknown_route" }, requestId);
      });
    } catch (error) {
      // Hono takes care of errors that are an `Error`, and lets whatever else a port throws pass.
      c.res = await answerFailure(error, c);
    }
  });

  const ownRoutes = traceOwnRoutes(createOwnRoutes(app, settings, middleware, limits));
  for (const place of ["/bff/*", "/healthz", "/readyz"]) app.use(place, ownRoutes);
  addRoutes(app);

  for (const { target } of settings.routes)
    app.all(`${target.prefix}/*`, (c) =>
      middleware.admit(c, async () => {
        const { bffRequest } = c.var;
        // The longest prefix decides, whichever the router found first.
        const api = findApiRoute(bffRequest.path);
        c.res =
          api === undefined
            ? middleware.answerProblem({ code: "unknown_route" }, bffRequest.requestId)
            : toWebResponse(await answerApiCall(bffRequest, api), c);
      }),
    );

  app.use("/api/*", async (c, next) => {
    await next();
    const isPage = c.res.headers.get("content-type")?.startsWith("text/html") === true;
    if (c.res.status !== 404 && !isPage) return;
    // Without the first line, Hono would keep the headers of the page.
    c.res = undefined;
    c.res = middleware.answerProblem({ code: "unknown_route" }, c.var.bffRequest.requestId);
  });

  return app;
}
