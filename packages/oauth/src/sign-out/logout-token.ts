import { createLocalJWKSet, jwtVerify } from "jose";
import { decodeJwt, isNumericDate, LOGOUT_EVENT } from "../jwt/id-token.ts";
import { isJsonObject } from "../call/json-object.ts";
import type { JsonObject } from "../call/json-object.ts";
import type { ProviderSettings } from "../setup/provider-config.ts";
import type { SigningKeys } from "../jwt/signing-keys.ts";

/** Claims of a verified logout token; at least one of `sub` and `sid` is there. */
export interface LogoutTokenClaims {
  readonly iss: string;
  readonly sub?: string;
  readonly sid?: string;
  /** Seconds since the epoch, by the provider's clock. */
  readonly iat: number;
  readonly exp: number;
  /** Accept each once until `exp`: remembering them is the caller's (S-102). */
  readonly jti: string;
}

export type LogoutTokenOutcome =
  | { readonly kind: "verified"; readonly claims: LogoutTokenClaims }
  | { readonly kind: "refused"; readonly reason: string }
  | { readonly kind: "unavailable"; readonly reason: string };

const MAX_TOKEN_LENGTH = 8 * 1_024;
const MAX_AGE_SECONDS = 300;

/**
 * Verifies a back-channel logout token, brought by anybody. Never throws.
 *
 * @see OpenID Connect Back-Channel Logout sections 2.4, 2.6 and 4
 */
export async function verifyLogoutToken(
  token: string,
  settings: ProviderSettings,
  keys: SigningKeys,
  nowMs: number,
): Promise<LogoutTokenOutcome> {
  const refused = (reason: string): LogoutTokenOutcome => ({ kind: "refused", reason });
  if (token.length > MAX_TOKEN_LENGTH) return refused("too_long");
  const decoded = decodeJwt(token);
  if (decoded === undefined) return refused("malformed");
  // What needs no key is looked at first: keys cost a call.
  const { header, claims } = decoded;
  if (typeof header["typ"] !== "string" || !/^(?:application\/)?logout\+jwt$/i.test(header["typ"]))
    return refused("typ");
  if (!settings.idTokenAlgorithms.includes(String(header["alg"]))) return refused("alg");
  const problem = claimsProblem(claims, settings, nowMs);
  if (problem !== undefined) return refused(problem);

  const selection = await keys.keysFor(token, "anybody");
  if (selection.kind === "unavailable") return { kind: "unavailable", reason: `keys_${selection.reason}` };
  try {
    await jwtVerify(token, createLocalJWKSet(selection.keySet), {
      algorithms: [...settings.idTokenAlgorithms],
      issuer: settings.issuer,
      audience: settings.clientId,
      clockTolerance: settings.clockToleranceSeconds,
      currentDate: new Date(nowMs),
    });
  } catch {
    // The claims were sound, so it is the signature or its key.
    return refused("signature");
  }
  const { sub, sid } = claims;
  return {
    kind: "verified",
    claims: {
      iss: settings.issuer,
      iat: claims["iat"] as number,
      exp: claims["exp"] as number,
      jti: claims["jti"] as string,
      ...(typeof sub === "string" ? { sub } : {}),
      ...(typeof sid === "string" ? { sid } : {}),
    },
  };
}

function claimsProblem(claims: JsonObject, settings: ProviderSettings, nowMs: number): string | undefined {
  const { iss, aud, iat, exp, jti, events, sub, sid } = claims;
  const nowSeconds = nowMs / 1_000;
  const tolerance = settings.clockToleranceSeconds;
  if (iss !== settings.issuer) return "iss";
  const audiences: readonly unknown[] = Array.isArray(aud) ? aud : [aud];
  if (!audiences.includes(settings.clientId)) return "aud";
  if (!isNumericDate(iat) || iat > nowSeconds + tolerance || iat < nowSeconds - MAX_AGE_SECONDS - tolerance)
    return "iat";
  if (!isNumericDate(exp) || exp <= nowSeconds - tolerance) return "exp";
  if (!isShortText(jti)) return "jti";
  if (!isJsonObject(events) || !isJsonObject(events[LOGOUT_EVENT])) return "events";
  if ("nonce" in claims) return "nonce";
  if (sub === undefined && sid === undefined) return "sub_and_sid_missing";
  if (sub !== undefined && !isShortText(sub)) return "sub";
  return sid !== undefined && !isShortText(sid) ? "sid" : undefined;
}

function isShortText(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= 255;
}
