import type { MiddlewareHandler } from "hono";
import type { TokenVerdict } from "./access-token-verifier.ts";
import { problem } from "./problem.ts";

/** What handlers behind {@link requireScope} can rely on. */
export interface BearerEnv {
  Variables: {
    sub: string;
    /** How access tokens are presented, if not as bearer tokens. */
    scheme: "dpop" | undefined;
    /** When the person signed in at the provider, in seconds, where the access token says so. */
    authTime: number | undefined;
  };
}

const REALM = 'Bearer realm="notes"';
const RETRY_AFTER_SECONDS = "5";

/**
 * Lets through requests whose access token carries a scope, and tells the others by `WWW-Authenticate` what is wrong.
 *
 * The token is read from the `Authorization` header alone, never from the URL or a form.
 *
 * @see RFC 6750 section 3
 */
export function requireScope(
  scope: string,
  verify: (token: string) => Promise<TokenVerdict>,
): MiddlewareHandler<BearerEnv> {
  return async (c, next) => {
    const authorization = c.req.header("authorization");
    const scheme = c.get("scheme") ?? "bearer";
    const [presented = "", ...rest] = authorization?.split(" ") ?? [];
    if (presented.toLowerCase() !== scheme) {
      return problem(c, "unauthorized", { headers: { "www-authenticate": REALM } });
    }
    const token = /^ *([\w.~+/-]+=*)$/.exec(rest.join(" "))?.[1];
    if (token === undefined) {
      const challenge = `${REALM}, error="invalid_request", error_description="The Authorization header is malformed."`;
      return problem(c, "bad_request", { headers: { "www-authenticate": challenge } });
    }
    const verdict = await verify(token);
    if (verdict.kind === "keys_unavailable") {
      return problem(c, "keys_unavailable", { headers: { "retry-after": RETRY_AFTER_SECONDS } });
    }
    if (verdict.kind === "invalid") {
      const challenge = `${REALM}, error="invalid_token", error_description="${verdict.description}"`;
      return problem(c, "invalid_token", {
        detail: verdict.description,
        headers: { "www-authenticate": challenge },
      });
    }
    if (!verdict.scopes.has(scope)) {
      const challenge = `${REALM}, error="insufficient_scope", error_description="The access token lacks a scope.", scope="${scope}"`;
      return problem(c, "insufficient_scope", { headers: { "www-authenticate": challenge } });
    }
    c.set("sub", verdict.sub);
    c.set("authTime", verdict.authTime);
    return next();
  };
}

/**
 * Lets through only whose person signed in at the provider within the last `maxAgeSeconds`; asks the others to do so.
 *
 * @see RFC 9470 section 3
 */
export function requireRecentSignIn(
  maxAgeSeconds: number,
  nowMs: () => number,
): MiddlewareHandler<BearerEnv> {
  return async (c, next) => {
    const authTime = c.get("authTime");
    if (authTime !== undefined && nowMs() / 1000 - authTime <= maxAgeSeconds) return next();
    const challenge = `${REALM}, error="insufficient_user_authentication", error_description="This needs a more recent sign-in.", max_age="${maxAgeSeconds}"`;
    return problem(c, "insufficient_user_authentication", { headers: { "www-authenticate": challenge } });
  };
}
