import { BFF_PATHS } from "@coatcheck/contract";
import type { Context, Hono, MiddlewareHandler, Next } from "hono";
import type { GuardKind } from "../guard/guard-request.ts";
import type { ClientLimits } from "../limits/client-limits.ts";
import { withoutProviderName, THIRD_PARTY_LOGIN_PATH } from "../providers/provider-path.ts";
import { withBasePath } from "../response/base-path.ts";
import { answerHumanPage } from "./human-page.ts";
import { securityHeaders } from "../response/security-headers.ts";
import type { SiteOptions } from "../response/security-headers.ts";
import type { RouteEnv } from "./bff-env.ts";
import type { Middleware } from "./middleware.ts";

/**
 * Routes that not only our own page's scripts may call; all others are guarded as `fetch`, also those that nobody thought of.
 *
 * `open`: probes, the provider's calls, and what the browser reports by itself.
 */
const GUARDS: ReadonlyMap<string, GuardKind | "open"> = new Map([
  [BFF_PATHS.login, "navigation"],
  [BFF_PATHS.callback, "navigation"],
  [BFF_PATHS.logoutProvider, "navigation"],
  [THIRD_PARTY_LOGIN_PATH, "navigation"],
  [BFF_PATHS.backchannelLogout, "open"],
  [BFF_PATHS.jwks, "open"],
  [BFF_PATHS.cspReport, "open"],
  [BFF_PATHS.healthz, "open"],
  [BFF_PATHS.readyz, "open"],
]);

/** A route of one provider, under its name, is guarded as the default one's. */
export function guardOf(path: string): GuardKind | "open" {
  return GUARDS.get(path) ?? GUARDS.get(withoutProviderName(path)) ?? "fetch";
}

/** Stands before every route of our own: refuses unknown paths and methods, guards, and adds the headers of our answers. */
export function createOwnRoutes(
  app: Hono<RouteEnv>,
  site: SiteOptions,
  { admit, guard, answerProblem }: Middleware,
  limits: Pick<ClientLimits, "countRequest">,
): MiddlewareHandler<RouteEnv> {
  const protection = {
    auth: securityHeaders("auth", site),
    data: securityHeaders("data", site),
  };
  let offered: ReadonlyMap<string, readonly string[]> | undefined;

  async function answer(c: Context<RouteEnv>, next: Next): Promise<void> {
    const { path, requestId } = c.var.bffRequest;
    offered ??= methodsByPath(app);
    // Where the router read another path than admission, no route of ours is meant.
    const methods = c.req.path === path ? offered.get(path) : undefined;
    const kind = guardOf(path);
    if (methods === undefined) c.res = answerProblem({ code: "unknown_route" }, requestId);
    else if (!methods.includes(c.req.method))
      c.res = answerProblem({ code: "method_not_allowed", allow: methods }, requestId);
    else if (kind === "open") await limited(c, next);
    else await guard(kind, path)(c, () => limited(c, next));
    const { headers, status } = c.res;
    const isHtml = headers.get("content-type")?.startsWith("text/html") === true;
    for (const [name, value] of protection[isHtml || (status >= 300 && status < 400) ? "auth" : "data"])
      if (!headers.has(name)) headers.set(name, value);
    const location = headers.get("location");
    if (location !== null) headers.set("location", withBasePath(site.basePath ?? "", location));
    headers.set("cache-control", "no-store");
    headers.set("x-request-id", requestId);
  }

  /** Answers a client that has asked too often. */
  async function limited(c: Context<RouteEnv>, next: Next): Promise<void> {
    const verdict = await limits.countRequest(c.var.bffRequest);
    if (verdict.kind === "allowed") return next();
    const { retryAfterSeconds } = verdict;
    if (guardOf(c.var.bffRequest.path) === "navigation")
      c.res = await answerHumanPage(c, "rate_limited", "/", site, retryAfterSeconds);
    else c.res = answerProblem({ code: "rate_limited", retryAfterSeconds }, c.var.bffRequest.requestId);
  }

  return (c, next) => admit(c, () => answer(c, next));
}

/** What Hono's table offers; it sends HEAD to the handlers of GET, so HEAD counts only where it stands by itself. */
function methodsByPath(app: Hono<RouteEnv>): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  for (const { path, method } of app.routes) {
    if (method === "ALL") continue;
    const methods = found.get(path) ?? [];
    if (!methods.includes(method)) methods.push(method);
    found.set(path, methods);
  }
  return found;
}
