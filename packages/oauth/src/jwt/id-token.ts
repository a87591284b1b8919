import { base64url } from "jose";
import { parseJsonObject } from "../call/json-object.ts";
import type { JsonObject } from "../call/json-object.ts";
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
  readonly [claim: string]: unknown;
}

export type IdTokenCheck =
  | { readonly kind: "accepted"; readonly claims: IdTokenClaims }
  | { readonly kind: "refused"; readonly reason: string };

/** The end of the year 9999: a larger date is a mistake or an attack. */
const MAX_NUMERIC_DATE = 253_402_300_799;
/** An ID token is made for the answer that it comes with; an older one was made for another. */
const MAX_AGE_SECONDS = 600;
/** @see OpenID Connect Back-Channel Logout section 2.4 */
export const LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout";

/**
 * Checks what the library leaves open, after it has verified signature, `iss`, `aud`, `exp`, `nbf` and `nonce`.
 *
 * @see OpenID Connect Core section 3.1.3.7
 */
export async function checkIdToken(
  idToken: string,
  accessToken: string,
  settings: ProviderSettings,
  nowMs: number,
): Promise<IdTokenCheck> {
  const refused = (reason: string): IdTokenCheck => ({ kind: "refused", reason: `id_token:${reason}` });
  const decoded = decodeJwt(idToken);
  if (decoded === undefined) return refused("malformed");
  const { header, claims } = decoded;

  if (!isIdTokenType(header["typ"]) || carriesLogoutEvent(claims)) return refused("typ");
  const { iss, sub, iat, sid, acr } = claims;
  if (iss !== settings.issuer) return refused("iss");
  if (typeof sub !== "string" || sub === "" || sub.length > 255) return refused("sub");
  for (const name of ["iat", "exp"]) {
    if (!isNumericDate(claims[name])) return refused(name);
  }
  for (const name of ["nbf", "auth_time"]) {
    if (claims[name] !== undefined && !isNumericDate(claims[name])) return refused(name);
  }
  const ageSeconds = nowMs / 1_000 - (iat as number);
  if (ageSeconds < -settings.clockToleranceSeconds) return refused("iat_in_future");
  if (ageSeconds > MAX_AGE_SECONDS + settings.clockToleranceSeconds) return refused("iat_too_old");
  if (sid !== undefined && (typeof sid !== "string" || sid === "" || sid.length > 255)) return refused("sid");
  if (acr !== undefined && typeof acr !== "string") return refused("acr");

  const audiences: readonly unknown[] = Array.isArray(claims["aud"]) ? claims["aud"] : [claims["aud"]];
  const isTrusted = (audience: unknown): boolean =>
    audience === settings.clientId || settings.trustedAudiences.includes(audience as string);
  if (!audiences.includes(settings.clientId) || !audiences.every(isTrusted)) return refused("aud");
  if (claims["azp"] !== undefined && claims["azp"] !== settings.clientId) return refused("azp");

  const tokenHash = claims["at_hash"];
  if (tokenHash !== undefined && tokenHash !== (await hashOf(accessToken, header["alg"])))
    return refused("at_hash");
  return { kind: "accepted", claims: claims as IdTokenClaims };
}

/** Splits a JWT without verifying anything; `undefined` when a part isn't a sound JSON object in UTF-8. */
export function decodeJwt(
  jwt: string,
): { readonly header: JsonObject; readonly claims: JsonObject } | undefined {
  const parts = jwt.split(".");
  if (parts.length !== 3) return undefined;
  const [header, claims] = parts.slice(0, 2).map(decodePart);
  return header === undefined || claims === undefined ? undefined : { header, claims };
}

function decodePart(part: string): JsonObject | undefined {
  try {
    return parseJsonObject(new TextDecoder("utf-8", { fatal: true }).decode(base64url.decode(part)));
  } catch {
    // Neither base64url nor UTF-8.
    return undefined;
  }
}

export function isNumericDate(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value <= MAX_NUMERIC_DATE;
}

/** Access tokens say `at+jwt`, logout tokens `logout+jwt`; an ID token says nothing or `JWT` (S-048). */
function isIdTokenType(typ: unknown): boolean {
  return typ === undefined || (typeof typ === "string" && typ.toLowerCase() === "jwt");
}

function carriesLogoutEvent(claims: JsonObject): boolean {
  const { events } = claims;
  return typeof events === "object" && events !== null && LOGOUT_EVENT in events;
}

/** @see OpenID Connect Core section 3.1.3.8 */
async function hashOf(accessToken: string, algorithm: unknown): Promise<string | undefined> {
  const bits = /^(?:RS|PS|ES)(256|384|512)$/.exec(String(algorithm))?.[1];
  // Ed25519 hashes with SHA-512 by its own definition.
  const hash = `SHA-${bits ?? "512"}`;
  const digest = new Uint8Array(await crypto.subtle.digest(hash, new TextEncoder().encode(accessToken)));
  return base64url.encode(digest.subarray(0, digest.length / 2));
}
