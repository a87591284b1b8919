import type { IncomingMessage } from "node:http";
import { decodeJwt } from "jose";
import type { FaultableRequest } from "../control/fault-board.ts";
import type { MemoryStore } from "../memory-store.ts";

type Endpoint = FaultableRequest["endpoint"];

const ENDPOINT_BY_PATH: ReadonlyMap<string, Endpoint> = new Map([
  ["/token", "token"],
  ["/me", "userinfo"],
  ["/token/introspection", "introspection"],
  ["/token/revocation", "revocation"],
  ["/auth", "authorization"],
  ["/request", "authorization"],
  ["/jwks", "jwks"],
  ["/.well-known/openid-configuration", "discovery"],
  ["/.well-known/oauth-authorization-server", "discovery"],
]);

/** Which endpoint a path belongs to; `undefined` for pages that people see. */
export function endpointOfPath(path: string): Endpoint | undefined {
  return ENDPOINT_BY_PATH.get(path);
}

/** A protocol request with the person whom its token or code belongs to, where that can be told. */
export interface ProtocolRequest extends FaultableRequest {
  /** The refresh token that a token request presents. */
  readonly refreshToken: string | undefined;
}

/** Reads from body and headers whom a request is about. Trusts nothing of it: it only steers faults and counters. */
export function describeRequest(
  endpoint: Endpoint,
  request: IncomingMessage,
  body: Buffer,
  store: MemoryStore,
): ProtocolRequest {
  const form = new URLSearchParams(body.toString("utf8"));
  const grant = form.get("grant_type") ?? undefined;
  const refreshToken =
    endpoint === "token" && grant === "refresh_token" ? (form.get("refresh_token") ?? undefined) : undefined;
  return { endpoint, grant, refreshToken, accountId: findAccountId(endpoint, request, form, store) };
}

function findAccountId(
  endpoint: Endpoint,
  request: IncomingMessage,
  form: URLSearchParams,
  store: MemoryStore,
): string | undefined {
  switch (endpoint) {
    case "token": {
      const refreshToken = form.get("refresh_token");
      if (refreshToken !== null) return store.accountOf("RefreshToken", refreshToken);
      return store.accountOf("AuthorizationCode", form.get("code") ?? "");
    }
    case "introspection":
    case "revocation":
      return accountOfToken(form.get("token") ?? "", store);
    case "userinfo":
      return accountOfToken(
        /^(?:Bearer|DPoP) +(\S+)$/i.exec(request.headers.authorization ?? "")?.[1] ?? "",
        store,
      );
    default:
      return undefined;
  }
}

function accountOfToken(token: string, store: MemoryStore): string | undefined {
  return (
    store.accountOf("AccessToken", token) ?? store.accountOf("RefreshToken", token) ?? subjectOfJwt(token)
  );
}

function subjectOfJwt(token: string): string | undefined {
  if (token.split(".").length !== 3) return undefined;
  try {
    return decodeJwt(token).sub;
  } catch {
    // Not a JWT after all: nobody's.
    return undefined;
  }
}
