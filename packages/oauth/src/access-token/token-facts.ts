import type { TokenFacts } from "@coatcheck/contract";
import { isNumericDate } from "../jwt/id-token.ts";
import type { JsonObject } from "../call/json-object.ts";

/** Facts about one access token; `resource` is the caller's to add. */
export type AccessTokenFacts = Omit<TokenFacts, "resource">;

/** Reads `scope`, `aud` and `exp` as RFC 7662 section 2.2 and RFC 9068 section 2.2 name them. */
export function readTokenFacts(
  active: boolean,
  method: TokenFacts["method"],
  claims: JsonObject,
): AccessTokenFacts {
  const { scope, aud } = claims;
  // tokeninfo sends its numbers as strings.
  const exp = typeof claims["exp"] === "string" ? Number(claims["exp"]) : claims["exp"];
  const audiences: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  return {
    active,
    method,
    scopes: typeof scope === "string" ? scope.split(" ").filter((name) => name !== "") : [],
    audience: audiences.filter((audience) => typeof audience === "string"),
    ...(isNumericDate(exp) ? { expiresAt: Math.floor(exp * 1_000) } : {}),
  };
}
