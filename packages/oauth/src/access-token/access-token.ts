import type { JsonObject } from "../call/json-object.ts";
import { decodeJwt } from "../jwt/decode-jwt.ts";
import { audiencesOf, isNumericDate, isSet, LOGOUT_EVENT } from "../jwt/id-token-claims.ts";
import type { SigningKeys } from "../jwt/signing-keys.ts";
import { SIGNATURE_ALGORITHMS } from "../setup/provider-config.ts";
import type { ProviderSettings } from "../setup/provider-config.ts";

/**
 * What a token says of itself.
 *
 * - `decided`: the signature is the provider's, and the claims leave no doubt.
 * - `undecided`: only the provider can tell. `isForged`: a resource server that trusts the provider's keys would refuse it.
 */
export type AccessTokenCheck =
  | { readonly kind: "decided"; readonly active: boolean; readonly claims: JsonObject }
  | { readonly kind: "undecided"; readonly reason: string; readonly isForged: boolean }
  | { readonly kind: "unavailable"; readonly reason: string };

const MAX_TOKEN_LENGTH = 16 * 1_024;
const ACCESS_TOKEN_TYPE = /^(?:application\/)?at\+jwt$/i;
/** What a JWT may call itself that is no particular kind. */
const PLAIN_TYPE = /^(?:(?:application\/)?jwt)?$/i;

/** A JWT has three parts and a header; anything else is opaque to us. */
export function isJwt(token: string): boolean {
  return token.length <= MAX_TOKEN_LENGTH && decodeJwt(token) !== undefined;
}

/**
 * Verifies a JWT access token as a resource server would.
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
  // Not those of ID tokens: a provider may sign the tokens of an API by another of its keys.
  const check = await keys.verify(token, "provider", SIGNATURE_ALGORITHMS);
  if (check.kind === "unavailable") return check;
  if (check.kind === "refused") {
    const isForged = check.reason === "signature_invalid" || check.reason === "kid_unknown";
    return { kind: "undecided", reason: check.reason, isForged };
  }
  const { header, claims } = check;
  const kind = kindOf(header, claims);
  if (kind === "unclear") return { kind: "undecided", reason: "kind_unclear", isForged: false };
  const { iss, aud, exp, nbf } = claims;
  if (kind === "access_token" && !isNumericDate(exp)) {
    return { kind: "undecided", reason: "exp_missing", isForged: false };
  }
  const isFor = resource === "" || audiencesOf(aud).includes(resource);
  const isOurs = (settings.tokenIssuers as readonly unknown[]).includes(iss);
  if (kind !== "access_token" || !isOurs || !isFor) {
    return { kind: "decided", active: false, claims: {} };
  }
  const nowSeconds = nowMs / 1_000;
  const hasBegun = !isSet(nbf) || (isNumericDate(nbf) && nbf <= nowSeconds + settings.clockToleranceSeconds);
  const active = hasBegun && isNumericDate(exp) && exp > nowSeconds - settings.clockToleranceSeconds;
  return { kind: "decided", active, claims };
}

/**
 * Without this, an ID token or a logout token would pass for an access token (S-048).
 *
 * Providers that don't write `at+jwt` make it hard to tell: Dex's access tokens have an ID token's claims.
 */
function kindOf(header: JsonObject, claims: JsonObject): "access_token" | "other" | "unclear" {
  const typ = typeof header["typ"] === "string" ? header["typ"] : "";
  if (ACCESS_TOKEN_TYPE.test(typ)) return "access_token";
  if (!PLAIN_TYPE.test(typ)) return "other";
  const { events } = claims;
  if (typeof events === "object" && events !== null && LOGOUT_EVENT in events) return "other";
  return ["nonce", "at_hash", "c_hash", "events"].some((name) => name in claims) ? "unclear" : "access_token";
}
