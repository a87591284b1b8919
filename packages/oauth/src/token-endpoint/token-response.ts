import { parseJsonObject } from "../call/json-object.ts";
import type { JsonObject } from "../call/json-object.ts";
import type { RefusalReason } from "../refusal-reason.ts";

/** A token response reduced to the members that we use, each of its right type. */
export interface TokenResponseMembers {
  readonly access_token: string;
  /** In lower case; absent where the provider didn't say. */
  readonly token_type?: string;
  readonly refresh_token?: string;
  /** Seconds, positive and believable; absent where the provider's wasn't. */
  readonly expires_in?: number;
  /** Seconds until the refresh token's life ends; 0: it doesn't end. Absent where the provider didn't say, or not believably. */
  readonly refresh_expires_in?: number;
  /** Space separated. */
  readonly scope?: string;
  readonly id_token?: string;
  /** As it came. */
  readonly authorization_details?: unknown;
  /** What was issued for another token. @see RFC 8693 section 2.2.1 */
  readonly issued_token_type?: string;
}

export type TokenResponse =
  | { readonly kind: "token_response"; readonly members: TokenResponseMembers }
  | {
      readonly kind: "unreadable";
      readonly reason: Extract<
        RefusalReason<"tokenResponse">,
        "token_response_malformed" | "access_token_missing" | "access_token_malformed"
      >;
    };

/** Longer answers aren't read. */
export const MAX_TOKEN_RESPONSE_BYTES = 128 * 1_024;
/** Nobody hands out access tokens for longer than a year; more is a mistake of units. */
const MAX_EXPIRES_IN_SECONDS = 366 * 86_400;

/** In no specification: Keycloak's member, and that of Google, GitHub and Entra B2C. */
const REFRESH_LIMITS = ["refresh_expires_in", "refresh_token_expires_in"] as const;

/** What is read of a token response; of these, none may be there twice. */
const READ_MEMBERS: ReadonlySet<string> = new Set([
  ...([
    "access_token",
    "token_type",
    "refresh_token",
    "expires_in",
    "scope",
    "id_token",
    "authorization_details",
    "issued_token_type",
  ] satisfies readonly (keyof TokenResponseMembers)[]),
  ...REFRESH_LIMITS,
]);

/**
 * Reads the body of a successful token response: whatever has an access token is one.
 *
 * Any other member of a form that we don't understand counts as absent, and so does an `expires_in` that is no positive,
 * believable number (S-031): providers send all of these, and a rotated token must not be lost over them.
 *
 * @see RFC 6749 section 5.1
 */
export function readTokenResponse(text: string): TokenResponse {
  return toTokenResponse(readAnswer(text, READ_MEMBERS));
}

/**
 * Reads what came of a token response whose wrapping is off: it broke off, or has bytes in it that are no text.
 *
 * JSON alone, since an object without its end isn't JSON, and a form without its end is one; and nothing that is read may
 * have such bytes in it. Without this, a rotated refresh token would be lost over the last chunk of its answer.
 */
export function readTornTokenResponse(received: string): TokenResponse {
  const response = toTokenResponse(parseJsonObject(received, READ_MEMBERS));
  const isWhole = response.kind === "unreadable" || !JSON.stringify(response.members).includes("\ufffd");
  return isWhole ? response : toTokenResponse(undefined);
}

function toTokenResponse(body: JsonObject | undefined): TokenResponse {
  if (body === undefined) return { kind: "unreadable", reason: "token_response_malformed" };
  const { access_token: accessToken } = body;
  if (!isText(accessToken)) return { kind: "unreadable", reason: "access_token_missing" };
  // It goes into a header: RFC 6750 section 2.1.
  if (!/^[\x21-\x7e]+$/.test(accessToken)) return { kind: "unreadable", reason: "access_token_malformed" };
  const expiresIn = believableSeconds(body["expires_in"]);
  const refreshExpiresIn = readRefreshLimit(body);
  const scope = readScope(body["scope"]);
  return {
    kind: "token_response",
    members: {
      access_token: accessToken,
      ...(isText(body["token_type"]) ? { token_type: body["token_type"].toLowerCase() } : {}),
      ...(isText(body["refresh_token"]) ? { refresh_token: body["refresh_token"] } : {}),
      ...(expiresIn === undefined ? {} : { expires_in: expiresIn }),
      ...(refreshExpiresIn === undefined ? {} : { refresh_expires_in: refreshExpiresIn }),
      ...(scope === undefined ? {} : { scope }),
      ...(isText(body["id_token"]) ? { id_token: body["id_token"] } : {}),
      ...(body["authorization_details"] === undefined
        ? {}
        : { authorization_details: body["authorization_details"] }),
      ...(isText(body["issued_token_type"]) ? { issued_token_type: body["issued_token_type"] } : {}),
    },
  };
}

/**
 * JSON, or the form that some providers write whatever they were asked for.
 *
 * @param readMembers those that must not be there twice; default: all
 */
export function readAnswer(text: string, readMembers?: ReadonlySet<string>): JsonObject | undefined {
  const json = parseJsonObject(text, readMembers);
  if (json !== undefined) return json;
  return /^\s*[\w.%+-]+=[^\s<>{}]*\s*$/.test(text) ? readForm(text, readMembers) : undefined;
}

function readForm(text: string, readMembers: ReadonlySet<string> | undefined): JsonObject | undefined {
  const entries = [...new URLSearchParams(text.trim())];
  if (entries.some(([name]) => name === "__proto__")) return undefined;
  const read = entries.filter(([name]) => readMembers?.has(name) ?? true);
  const form = Object.fromEntries(read);
  return Object.keys(form).length === read.length ? form : undefined;
}

/** Scopes as a list of texts, or as one text; each may hold several, separated by spaces. */
export function scopeNames(raw: unknown): readonly string[] {
  const texts: readonly unknown[] = Array.isArray(raw) ? raw : [raw];
  return texts
    .filter((text) => typeof text === "string")
    .flatMap((text) => text.split(/\s+/))
    .filter((name) => name !== "");
}

function readScope(raw: unknown): string | undefined {
  return typeof raw === "string" || Array.isArray(raw) ? scopeNames(raw).join(" ") : undefined;
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function readRefreshLimit(body: JsonObject): number | undefined {
  const limits = REFRESH_LIMITS.map((name) => readSeconds(body[name]));
  return limits.find((seconds) => seconds !== undefined && seconds >= 0 && seconds <= MAX_EXPIRES_IN_SECONDS);
}

function believableSeconds(raw: unknown): number | undefined {
  const seconds = readSeconds(raw);
  return seconds !== undefined && seconds > 0 && seconds <= MAX_EXPIRES_IN_SECONDS ? seconds : undefined;
}

/** A number, or one written as a string, as some providers send it. */
function readSeconds(raw: unknown): number | undefined {
  const seconds = typeof raw === "string" && /^\s*\d{1,10}(?:\.\d+)?\s*$/.test(raw) ? Number(raw) : raw;
  return typeof seconds === "number" ? seconds : undefined;
}
