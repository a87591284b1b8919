import { createHash } from "node:crypto";
import { TLSSocket } from "node:tls";
import type { HttpBindings } from "@hono/node-server";
import { decodeJwt } from "jose";
import type { MiddlewareHandler } from "hono";
import type { BearerEnv } from "./bearer.ts";
import { problem } from "./problem.ts";

const CHALLENGE = 'Bearer realm="notes", error="invalid_token"';

/**
 * Lets through only calls whose access token is bound to the certificate that their connection showed. That the token is good is
 * checked by whoever comes next.
 *
 * @see RFC 8705 section 3
 */
export function requireCertificateBoundTokens(): MiddlewareHandler<BearerEnv> {
  return async (c, next) => {
    const [, token = ""] = c.req.header("authorization")?.split(" ") ?? [];
    const shown = shownThumbprint(c.env as Partial<HttpBindings>);
    if (shown !== undefined && shown === boundThumbprint(token)) return next();
    return problem(c, "unauthorized", { headers: { "www-authenticate": CHALLENGE } });
  };
}

function shownThumbprint({ incoming }: Partial<HttpBindings> = {}): string | undefined {
  const socket: unknown = incoming?.socket;
  const certificate = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined;
  return certificate && createHash("sha256").update(certificate.raw).digest("base64url");
}

function boundThumbprint(token: string): string | undefined {
  try {
    return decodeJwt<{ cnf?: { "x5t#S256"?: string } }>(token).cnf?.["x5t#S256"];
  } catch {
    // It isn't a JWT, and so bound to nothing that can be read.
    return undefined;
  }
}
