import type { JsonObject } from "../call/json-object.ts";
import type { RefusalReason } from "../refusal-reason.ts";
import type { ProviderSettings } from "../setup/provider-config.ts";

/** Claims of a verified ID token. */
export interface IdTokenClaims {
  readonly iss: string;
  readonly sub: string;
  /** Seconds since the epoch, by the provider's clock. */
  readonly iat: number;
  readonly sid?: string;
  readonly auth_time?: number;
  readonly acr?: string;
  /** Seconds since the epoch: no session that this sign-in begins may live longer. @see IPSIE OpenID Connect SL1 */
  readonly session_expiry?: number;
  readonly [claim: string]: unknown;
}

type ClaimSettings = Pick<
  ProviderSettings,
  "tokenIssuers" | "clientId" | "trustedAudiences" | "clockToleranceSeconds"
>;

/** The end of the year 9999: a larger date is a mistake or an attack. */
const MAX_NUMERIC_DATE = 253_402_300_799;
/** An ID token is made for the answer that it comes with; an older one was made for another. */
const MAX_AGE_SECONDS = 600;
/** @see OpenID Connect Back-Channel Logout section 2.4 */
export const LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout";

/** Claims about the sign-in and not about the person: those of UserInfo and of a profile never count. */
const SIGN_IN_CLAIMS: ReadonlySet<string> = new Set([
  "iss",
  "sub",
  "aud",
  "azp",
  "exp",
  "iat",
  "nbf",
  "jti",
  "nonce",
  "sid",
  "events",
  "auth_time",
  "acr",
  "session_expiry",
  "amr",
  "at_hash",
  "c_hash",
  "s_hash",
]);

export function isSignInClaim(name: string): boolean {
  return SIGN_IN_CLAIMS.has(name);
}

export function isNumericDate(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value <= MAX_NUMERIC_DATE;
}

/** Whether a claim is there at all: some providers write `null` or an empty text for "not set". */
export function isSet(value: unknown): boolean {
  return value !== undefined && value !== null && value !== "";
}

/**
 * Access tokens say `at+jwt`, logout tokens `logout+jwt` or carry the logout event; an ID token says nothing or `JWT`
 * (S-048).
 */
export function kindProblem(header: JsonObject, claims: JsonObject): RefusalReason<"idToken"> | undefined {
  const { typ } = header;
  if (isSet(typ) && (typeof typ !== "string" || typ.toLowerCase() !== "jwt")) return "typ_mismatch";
  const { events } = claims;
  return typeof events === "object" && events !== null && LOGOUT_EVENT in events ? "logout_token" : undefined;
}

/** Who it is from, about and for. @see OpenID Connect Core section 3.1.3.7, 1 to 5 */
export function partyProblem(
  { iss, sub, aud, azp }: JsonObject,
  { tokenIssuers, clientId, trustedAudiences }: ClaimSettings,
): RefusalReason<"idToken"> | undefined {
  if (!isSet(iss)) return "iss_missing";
  if (!(tokenIssuers as readonly unknown[]).includes(iss)) return "iss_mismatch";
  if (!isSet(sub)) return "sub_missing";
  if (typeof sub !== "string" || sub.length > 255) return "sub_malformed";
  const audiences = audiencesOf(aud);
  if (audiences.length === 0) return "aud_missing";
  if (!audiences.includes(clientId)) return "aud_mismatch";
  const isTrusted = (audience: unknown): boolean =>
    audience === clientId || (typeof audience === "string" && trustedAudiences.includes(audience));
  if (!audiences.every(isTrusted)) return "aud_untrusted";
  return isSet(azp) && azp !== clientId ? "azp_mismatch" : undefined;
}

export function audiencesOf(aud: unknown): readonly unknown[] {
  if (Array.isArray(aud)) return aud;
  return isSet(aud) ? [aud] : [];
}

/** When it counts. @see OpenID Connect Core section 3.1.3.7, 9 and 10 */
export function timeProblem(
  { exp, iat, nbf }: JsonObject,
  { clockToleranceSeconds }: ClaimSettings,
  nowMs: number,
): RefusalReason<"idToken"> | undefined {
  const nowSeconds = nowMs / 1_000;
  if (!isSet(exp)) return "exp_missing";
  if (!isNumericDate(exp)) return "exp_malformed";
  if (exp <= nowSeconds - clockToleranceSeconds) return "expired";
  if (!isSet(iat)) return "iat_missing";
  if (!isNumericDate(iat)) return "iat_malformed";
  if (iat > nowSeconds + clockToleranceSeconds) return "issued_in_future";
  if (iat < nowSeconds - MAX_AGE_SECONDS - clockToleranceSeconds) return "issued_too_long_ago";
  if (!isSet(nbf)) return undefined;
  if (!isNumericDate(nbf)) return "nbf_malformed";
  return nbf > nowSeconds + clockToleranceSeconds ? "not_yet_valid" : undefined;
}

/** Takes checked claims without those of an odd type that nobody asked for: providers send `acr` as an object, `sid` as "". */
export function soundClaims(claims: JsonObject): IdTokenClaims {
  const { sid, auth_time: authTime, acr, session_expiry: sessionExpiry, ...rest } = claims;
  return {
    ...(rest as { readonly iss: string; readonly sub: string; readonly iat: number }),
    ...(typeof sid === "string" && sid !== "" && sid.length <= 255 ? { sid } : {}),
    ...(isNumericDate(authTime) ? { auth_time: authTime } : {}),
    ...(typeof acr === "string" && acr !== "" ? { acr } : {}),
    ...(isNumericDate(sessionExpiry) ? { session_expiry: sessionExpiry } : {}),
  };
}
