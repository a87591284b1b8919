import { createLocalJWKSet, errors, jwtVerify } from "jose";
import { decodeJwt } from "../jwt/id-token.ts";
import type { JsonObject } from "../call/json-object.ts";
import type { ProviderSettings } from "../setup/provider-config.ts";
import type { SigningKeys } from "../jwt/signing-keys.ts";

export type AccessTokenCheck =
  | { readonly kind: "verified"; readonly active: boolean; readonly claims: JsonObject }
  | { readonly kind: "refused" }
  | { readonly kind: "unavailable"; readonly reason: string };

const MAX_TOKEN_LENGTH = 16 * 1_024;

/** A JWT has three parts and a header; anything else is opaque to us. */
export function isJwt(token: string): boolean {
  return token.length <= MAX_TOKEN_LENGTH && decodeJwt(token) !== undefined;
}

/**
 * Verifies a JWT access token as a resource server would; an expired one is `verified`, not `active`.
 *
 * @param resource the audience that it must name; `""`: any.
 * @see RFC 9068 section 4
 */
export async function verifyAccessToken(
  token: string,
  resource: string,
  settings: ProviderSettings,
  keys: SigningKeys,
  nowMs: number,
): Promise<AccessTokenCheck> {
  const selection = await keys.keysFor(token, "provider");
  if (selection.kind === "unavailable") return selection;
  const decoded = decodeJwt(token);
  if (decoded === undefined || !isAccessToken(decoded.header, decoded.claims)) return { kind: "refused" };
  try {
    const { payload } = await jwtVerify(token, createLocalJWKSet(selection.keySet), {
      issuer: settings.issuer,
      algorithms: [...settings.idTokenAlgorithms],
      clockTolerance: settings.clockToleranceSeconds,
      currentDate: new Date(nowMs),
      requiredClaims: ["exp"],
      ...(resource === "" ? {} : { audience: resource }),
    });
    return { kind: "verified", active: true, claims: payload };
  } catch (error) {
    // jose looks at the expiry last, after signature, issuer and audience.
    if (error instanceof errors.JWTExpired) return { kind: "verified", active: false, claims: error.payload };
    return { kind: "refused" };
  }
}

/** Without this, an ID token or a logout token would pass for an access token (S-048). */
function isAccessToken(header: JsonObject, claims: JsonObject): boolean {
  const typ =
    typeof header["typ"] === "string" ? header["typ"].toLowerCase().replace(/^application\//, "") : "jwt";
  if (typ === "at+jwt") return true;
  return typ === "jwt" && !["nonce", "at_hash", "c_hash", "events"].some((name) => name in claims);
}
