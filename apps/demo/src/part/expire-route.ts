import { readOwnBody, setCookies, type Parts, type RouteEnv } from "@coatcheck/bff/internal";
import { DEMO_PATHS, expireRequestSchema } from "@coatcheck/contract";
import type { Grant } from "@coatcheck/tokens";
import type { Hono } from "hono";

/**
 * `POST /bff/demo/expire`: marks this session's access tokens expired, in the cookie. The next call refreshes by itself.
 *
 * Body `{ resource? }`: only that one's.
 */
export function addExpireRoute(
  app: Hono<RouteEnv>,
  { sealSession, nowMs, requireSession, answerProblem }: Parts,
): void {
  app.post(DEMO_PATHS.expire, requireSession, async (c) => {
    const { bffRequest, signedIn } = c.var;
    const { requestId } = bffRequest;
    const asked = await readOwnBody(bffRequest, (json) => expireRequestSchema.safeParse(json).data);
    if (asked.kind === "denied") return answerProblem(asked.problem, requestId);
    const { grant } = signedIn.value;
    const sealed = await sealSession({
      ...signedIn.value,
      grant: expire(grant, asked.value.resource, nowMs()),
    });
    if (sealed.kind === "too_large") return answerProblem({ code: "internal" }, requestId);
    setCookies(c, sealed.setCookie);
    return c.json({ generation: grant.generation });
  });
}

function expire({ kept, ...grant }: Grant, resource: string | undefined, nowMs: number): Grant {
  // What the ledger keeps is left there: a session that shows no token has to refresh, too.
  if (kept !== undefined) return grant;
  const tokens = Object.entries(grant.accessTokens).map(([name, token]) => {
    const isMeant = resource === undefined || resource === name;
    return [
      name,
      isMeant ? { ...token, expiresAt: Math.min(token.expiresAt, nowMs - 1_000) } : token,
    ] as const;
  });
  return { ...grant, accessTokens: Object.fromEntries(tokens) };
}
