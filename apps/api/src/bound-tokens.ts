import { createHash, randomBytes } from "node:crypto";
import { calculateJwkThumbprint, decodeJwt, EmbeddedJWK, jwtVerify } from "jose";
import type { Context, MiddlewareHandler } from "hono";
import type { BearerEnv } from "./bearer.ts";
import { problem } from "./problem.ts";

export interface BoundTokensOptions {
  /** Each proof must carry a nonce of ours, and each nonce is good for one call. */
  readonly nonces: boolean;
  /** Milliseconds since the epoch. */
  readonly nowMs: () => number;
}

const REALM = 'DPoP realm="notes", algs="ES256"';
const MAX_AGE_SECONDS = 60;
const MAX_REMEMBERED = 10_000;

/**
 * Lets through only calls whose access token is bound to a key, and who prove that they hold it. That the token is good is
 * checked by whoever comes next.
 *
 * @see RFC 9449 section 7
 */
export function requireBoundTokens({ nonces, nowMs }: BoundTokensOptions): MiddlewareHandler<BearerEnv> {
  const seen = createMemory();
  const handedOut = createMemory();

  async function errorOf(c: Context<BearerEnv>, token: string): Promise<string | undefined> {
    try {
      const { payload, protectedHeader } = await jwtVerify(c.req.header("dpop") ?? "", EmbeddedJWK, {
        typ: "dpop+jwt",
        algorithms: ["ES256"],
        currentDate: new Date(nowMs()),
      });
      const { jti = "", iat = 0, htm, htu, ath, nonce } = payload;
      const { origin, pathname } = new URL(c.req.url);
      const isForThis = htm === c.req.method && htu === origin + pathname && ath === sha256(token);
      const isNew = Math.abs(iat - nowMs() / 1_000) <= MAX_AGE_SECONDS && !seen.has(jti);
      if (!isForThis || !isNew) return "invalid_dpop_proof";
      seen.add(jti);
      if (nonces && !handedOut.delete(String(nonce))) return "use_dpop_nonce";
      const { cnf } = decodeJwt<{ cnf?: { jkt?: string } }>(token);
      const isBound = cnf?.jkt === (await calculateJwkThumbprint(protectedHeader.jwk ?? {}));
      return isBound ? undefined : "invalid_token";
    } catch {
      // Whatever it is, it proves nothing.
      return "invalid_dpop_proof";
    }
  }

  return async (c, next) => {
    const [scheme = "", token = ""] = c.req.header("authorization")?.split(" ") ?? [];
    const isBound = scheme.toLowerCase() === "dpop";
    const error = isBound ? await errorOf(c, token) : undefined;
    if (nonces) {
      const nonce = randomBytes(16).toString("base64url");
      handedOut.add(nonce);
      c.header("dpop-nonce", nonce);
    }
    if (isBound && error === undefined) {
      c.set("scheme", "dpop");
      return next();
    }
    const challenge = error === undefined ? REALM : `${REALM}, error="${error}"`;
    return problem(c, "unauthorized", { headers: { "www-authenticate": challenge } });
  };
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("base64url");
}

/** The newest texts. */
function createMemory(): Set<string> {
  const texts = new Set<string>();
  const add = texts.add.bind(texts);
  texts.add = (text) => {
    const [oldest] = texts;
    if (oldest !== undefined && texts.size >= MAX_REMEMBERED) texts.delete(oldest);
    return add(text);
  };
  return texts;
}
