import { base64url } from "jose";
import type { JsonObject } from "../call/json-object.ts";
import type { RefusalReason } from "../refusal-reason.ts";
import type { ProviderSettings } from "../setup/provider-config.ts";
import {
  audiencesOf,
  isNumericDate,
  isSet,
  kindProblem,
  partyProblem,
  soundClaims,
  timeProblem,
} from "./id-token-claims.ts";
import type { IdTokenClaims } from "./id-token-claims.ts";
import type { SigningKeys } from "./signing-keys.ts";

export type IdTokenRefusal = RefusalReason<"signature" | "idToken">;

export interface IdTokenTools {
  readonly settings: ProviderSettings;
  readonly keys: SigningKeys;
  readonly nowMs: number;
}

/** What the sign-in asked for, and the access token that came along. */
export interface ExpectedAtSignIn {
  readonly accessToken: string;
  /** Absent: none was sent, since the provider has none. */
  readonly nonce?: string;
  /** Seconds. */
  readonly maxAge?: number;
  /** Space separated. */
  readonly acrValues?: string;
}

export type SignInIdToken =
  | { readonly kind: "accepted"; readonly claims: IdTokenClaims }
  | { readonly kind: "refused"; readonly reason: IdTokenRefusal }
  | { readonly kind: "unavailable"; readonly reason: string };

/**
 * Verifies the ID token of a sign-in.
 *
 * @see OpenID Connect Core section 3.1.3.7
 */
export async function checkSignInIdToken(
  idToken: string,
  expected: ExpectedAtSignIn,
  { settings, keys, nowMs }: IdTokenTools,
): Promise<SignInIdToken> {
  const check = await keys.verify(idToken, "provider");
  if (check.kind !== "verified") return check;
  const { header, claims } = check;
  const problem =
    kindProblem(header, claims) ??
    partyProblem(claims, settings) ??
    timeProblem(claims, settings, nowMs) ??
    nonceProblem(claims, expected.nonce) ??
    organizationProblem(claims, settings) ??
    stepUpProblem(claims, expected, settings, nowMs) ??
    sessionProblem(claims, nowMs) ??
    (await hashProblem(header, claims, expected.accessToken));
  return problem === undefined
    ? { kind: "accepted", claims: soundClaims(claims) }
    : { kind: "refused", reason: problem };
}

/** What a refreshed ID token must keep. */
export interface ExpectedAtRefresh {
  readonly accessToken: string;
  readonly iss: string;
  readonly sub: string;
  /** Seconds since the epoch. */
  readonly authTime?: number;
}

/** - `other_identity`: the provider says, verifiably, that the tokens belong to somebody else. */
export type RefreshedIdToken =
  | { readonly kind: "accepted" }
  | { readonly kind: "other_identity"; readonly reason: "iss_mismatch" | "sub_mismatch" | "aud_mismatch" }
  | { readonly kind: "unusable"; readonly reason: IdTokenRefusal | "keys_unavailable" };

/**
 * Judges an ID token that came with a refresh. The access token beside it counts unless the ID token is `other_identity`.
 *
 * Without that, a new `auth_time` (the person signed in again elsewhere) or a key that can't be fetched would throw a
 * rotated refresh token away.
 *
 * @see OpenID Connect Core section 12.2
 */
export async function checkRefreshedIdToken(
  idToken: string,
  expected: ExpectedAtRefresh,
  { settings, keys, nowMs }: IdTokenTools,
): Promise<RefreshedIdToken> {
  const check = await keys.verify(idToken, "provider");
  if (check.kind === "unavailable") return { kind: "unusable", reason: "keys_unavailable" };
  if (check.kind === "refused") return { kind: "unusable", reason: check.reason };
  const { header, claims } = check;
  const kind = kindProblem(header, claims);
  if (kind !== undefined) return { kind: "unusable", reason: kind };

  const { iss, sub, aud } = claims;
  if (names(iss) && iss !== expected.iss) return { kind: "other_identity", reason: "iss_mismatch" };
  if (names(sub) && sub !== expected.sub) return { kind: "other_identity", reason: "sub_mismatch" };
  const audiences = audiencesOf(aud);
  if (audiences.length > 0 && audiences.every(names) && !audiences.includes(settings.clientId)) {
    return { kind: "other_identity", reason: "aud_mismatch" };
  }
  const problem =
    partyProblem(claims, settings) ??
    timeProblem(claims, settings, nowMs) ??
    authTimeProblem(claims, expected.authTime) ??
    (await hashProblem(header, claims, expected.accessToken));
  return problem === undefined ? { kind: "accepted" } : { kind: "unusable", reason: problem };
}

function names(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}

function nonceProblem(
  { nonce }: JsonObject,
  expected: string | undefined,
): RefusalReason<"idToken"> | undefined {
  if (expected === undefined) return undefined;
  if (!isSet(nonce)) return "nonce_missing";
  return nonce === expected ? undefined : "nonce_mismatch";
}

/** Configured for every sign-in; one that a link names keeps nobody out. */
function organizationProblem(
  claims: JsonObject,
  { preset, authorizationParameters }: ProviderSettings,
): RefusalReason<"idToken"> | undefined {
  const { organization } = authorizationParameters;
  if (organization === undefined || preset.isOfOrganization === undefined) return undefined;
  return preset.isOfOrganization(claims, organization) ? undefined : "organization_mismatch";
}

/** What was asked for must be there (S-046). @see OpenID Connect Core section 3.1.3.7, 12 and 13 */
function stepUpProblem(
  { auth_time: authTime, acr }: JsonObject,
  { maxAge, acrValues }: ExpectedAtSignIn,
  { clockToleranceSeconds }: ProviderSettings,
  nowMs: number,
): RefusalReason<"idToken"> | undefined {
  if (maxAge !== undefined) {
    if (!isSet(authTime)) return "auth_time_missing";
    if (!isNumericDate(authTime)) return "auth_time_malformed";
    if (authTime + maxAge < nowMs / 1_000 - clockToleranceSeconds) return "auth_time_too_old";
  }
  if (acrValues === undefined) return undefined;
  if (!isSet(acr)) return "acr_missing";
  return typeof acr === "string" && acrValues.split(" ").includes(acr) ? undefined : "acr_mismatch";
}

/** A session that would be over at once: the person would be sent to sign in again and again (S-063). */
function sessionProblem(
  { session_expiry: sessionExpiry }: JsonObject,
  nowMs: number,
): RefusalReason<"idToken"> | undefined {
  return isNumericDate(sessionExpiry) && sessionExpiry * 1_000 <= nowMs ? "session_expired" : undefined;
}

function authTimeProblem(
  { auth_time: authTime }: JsonObject,
  expected: number | undefined,
): RefusalReason<"idToken"> | undefined {
  return isNumericDate(authTime) && expected !== undefined && authTime !== expected
    ? "auth_time_mismatch"
    : undefined;
}

/** @see OpenID Connect Core section 3.1.3.8 */
async function hashProblem(
  header: JsonObject,
  { at_hash: tokenHash }: JsonObject,
  accessToken: string,
): Promise<RefusalReason<"idToken"> | undefined> {
  if (tokenHash === undefined || tokenHash === null) return undefined;
  const bits = /^(?:RS|PS|ES)(256|384|512)$/.exec(String(header["alg"]))?.[1];
  // Ed25519 hashes with SHA-512 by its own definition.
  const hash = `SHA-${bits ?? "512"}`;
  const digest = new Uint8Array(await crypto.subtle.digest(hash, new TextEncoder().encode(accessToken)));
  return tokenHash === base64url.encode(digest.subarray(0, digest.length / 2))
    ? undefined
    : "at_hash_mismatch";
}
