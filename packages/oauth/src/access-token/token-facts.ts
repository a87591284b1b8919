import type { TokenFacts } from "@coatcheck/contract";
import type { JsonObject } from "../call/json-object.ts";
import { audiencesOf, isNumericDate } from "../jwt/id-token-claims.ts";
import { scopeNames } from "../token-endpoint/token-response.ts";

/** Facts about one access token; `resource` is the caller's to add. */
export type AccessTokenFacts = Omit<TokenFacts, "resource">;

/**
 * Reads scopes, audience and expiry as RFC 7662 section 2.2 and RFC 9068 section 2.2 name them, and scopes under `scp`,
 * as Entra and Okta do.
 */
export function readTokenFacts(
  active: boolean,
  method: TokenFacts["method"],
  claims: JsonObject,
): AccessTokenFacts {
  // tokeninfo sends its numbers as strings.
  const exp = typeof claims["exp"] === "string" ? Number(claims["exp"]) : claims["exp"];
  return {
    active,
    method,
    scopes: [...new Set([...scopeNames(claims["scope"]), ...scopeNames(claims["scp"])])],
    audience: audiencesOf(claims["aud"]).filter((audience) => typeof audience === "string"),
    ...(isNumericDate(exp) ? { expiresAt: Math.floor(exp * 1_000) } : {}),
  };
}
