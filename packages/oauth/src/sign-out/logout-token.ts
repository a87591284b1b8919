import { isJsonObject } from "../call/json-object.ts";
import type { JsonObject } from "../call/json-object.ts";
import { decodeJwt } from "../jwt/decode-jwt.ts";
import { isNumericDate, isSet, LOGOUT_EVENT } from "../jwt/id-token-claims.ts";
import type { SigningKeys } from "../jwt/signing-keys.ts";
import type { RefusalReason } from "../refusal-reason.ts";
import type { ProviderSettings } from "../setup/provider-config.ts";

/** Claims of a verified logout token; at least one of `sub` and `sid` is there. */
export interface LogoutTokenClaims {
  readonly iss: string;
  readonly sub?: string;
  readonly sid?: string;
  /** Seconds since the epoch, by the provider's clock. */
  readonly iat: number;
  /** Accept each once: remembering them is the caller's (S-102). */
  readonly jti: string;
  /** Seconds since the epoch: from then on the token is refused for its age, and its `jti` needn't be remembered. */
  readonly usableUntil: number;
}

export type LogoutTokenOutcome =
  | { readonly kind: "verified"; readonly claims: LogoutTokenClaims }
  | { readonly kind: "refused"; readonly reason: LogoutTokenRefusal }
  | { readonly kind: "unavailable"; readonly reason: string };

type LogoutTokenRefusal = RefusalReason<"signature" | "logoutToken">;

const MAX_TOKEN_LENGTH = 8 * 1_024;
const MAX_AGE_SECONDS = 300;
/** Of a token without `exp`: the specification recommends that a logout token expires at most two minutes ahead. */
const MAX_AGE_WITHOUT_EXP_SECONDS = 120;
/** What providers write; the specification recommends `logout+jwt`, and came to it late. */
const ACCEPTED_TYPES = /^(?:application\/)?(?:logout\+)?jwt$/i;
const STRICT_TYPE = /^(?:application\/)?logout\+jwt$/i;

/**
 * Verifies a back-channel logout token, brought by anybody. Never throws.
 *
 * A token without `typ` or `exp` counts, unless `logoutTokenStrict`: providers send such tokens. The logout event, which no
 * other kind of token carries, and the absence of `nonce` tell it from an ID token or an access token.
 *
 * @see OpenID Connect Back-Channel Logout sections 2.4, 2.6 and 4
 */
export async function verifyLogoutToken(
  token: string,
  settings: ProviderSettings,
  keys: SigningKeys,
  nowMs: number,
): Promise<LogoutTokenOutcome> {
  const refused = (reason: LogoutTokenRefusal): LogoutTokenOutcome => ({ kind: "refused", reason });
  if (token.length > MAX_TOKEN_LENGTH) return refused("too_long");
  // What needs no key is looked at first: keys cost a call.
  const decoded = decodeJwt(token);
  const problem =
    decoded === undefined
      ? undefined
      : (typeProblem(decoded.header["typ"], settings) ??
        claimsProblem(decoded.claims, settings, nowMs / 1_000));
  if (problem !== undefined) return refused(problem);
  const check = await keys.verify(token, "anybody");
  if (check.kind === "unavailable") return { kind: "unavailable", reason: `keys_${check.reason}` };
  if (check.kind === "refused") return check;
  const { claims } = check;
  const { sub, sid } = claims;
  const iat = claims["iat"] as number;
  return {
    kind: "verified",
    claims: {
      iss: claims["iss"] as string,
      iat,
      jti: claims["jti"] as string,
      usableUntil: usableUntil(iat, claims["exp"] as number | undefined, settings),
      ...(typeof sub === "string" ? { sub } : {}),
      ...(typeof sid === "string" && sid !== "" ? { sid } : {}),
    },
  };
}

function typeProblem(typ: unknown, settings: ProviderSettings): LogoutTokenRefusal | undefined {
  const accepted = settings.logoutTokenStrict ? STRICT_TYPE : ACCEPTED_TYPES;
  const isAccepted =
    typ === undefined ? !settings.logoutTokenStrict : typeof typ === "string" && accepted.test(typ);
  return isAccepted ? undefined : "typ_mismatch";
}

function claimsProblem(
  claims: JsonObject,
  settings: ProviderSettings,
  nowSeconds: number,
): LogoutTokenRefusal | undefined {
  const { iss, aud, sub } = claims;
  const sid = isSet(claims["sid"]) ? claims["sid"] : undefined;
  if (iss === undefined) return "iss_missing";
  if (!(settings.tokenIssuers as readonly unknown[]).includes(iss)) return "iss_mismatch";
  if (aud === undefined) return "aud_missing";
  const audiences: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  if (!audiences.includes(settings.clientId)) return "aud_mismatch";
  return (
    kindProblem(claims) ??
    timeProblem(claims, settings, nowSeconds) ??
    textProblem(claims["jti"], "jti_missing", "jti_malformed") ??
    (sub === undefined && sid === undefined ? "sub_and_sid_missing" : undefined) ??
    textProblem(sub, undefined, "sub_malformed") ??
    textProblem(sid, undefined, "sid_malformed")
  );
}

/** Without this, an ID token or an access token that somebody got hold of would end its person's sessions. */
function kindProblem({ events, ...claims }: JsonObject): LogoutTokenRefusal | undefined {
  if (events === undefined) return "events_missing";
  if (!isJsonObject(events)) return "events_malformed";
  if (!Object.hasOwn(events, LOGOUT_EVENT)) return "logout_event_missing";
  if (!isJsonObject(events[LOGOUT_EVENT])) return "logout_event_malformed";
  return Object.hasOwn(claims, "nonce") ? "nonce_present" : undefined;
}

function timeProblem(
  { iat, exp, nbf }: JsonObject,
  settings: ProviderSettings,
  nowSeconds: number,
): LogoutTokenRefusal | undefined {
  const tolerance = settings.clockToleranceSeconds;
  if (iat === undefined) return "iat_missing";
  if (!isNumericDate(iat)) return "iat_malformed";
  if (iat > nowSeconds + tolerance) return "issued_in_future";
  if (exp === undefined) {
    if (settings.logoutTokenStrict) return "exp_missing";
  } else {
    if (!isNumericDate(exp)) return "exp_malformed";
    if (exp <= nowSeconds - tolerance) return "expired";
  }
  if (nowSeconds > usableUntil(iat, exp, settings)) return "issued_too_long_ago";
  if (nbf === undefined) return undefined;
  if (!isNumericDate(nbf)) return "nbf_malformed";
  return nbf > nowSeconds + tolerance ? "not_yet_valid" : undefined;
}

function usableUntil(iat: number, exp: number | undefined, settings: ProviderSettings): number {
  if (exp === undefined) return iat + MAX_AGE_WITHOUT_EXP_SECONDS;
  return Math.min(exp, iat + MAX_AGE_SECONDS) + settings.clockToleranceSeconds;
}

function textProblem(
  value: unknown,
  ifMissing: LogoutTokenRefusal | undefined,
  ifMalformed: LogoutTokenRefusal,
): LogoutTokenRefusal | undefined {
  if (value === undefined) return ifMissing;
  return typeof value === "string" && value !== "" && value.length <= 255 ? undefined : ifMalformed;
}
