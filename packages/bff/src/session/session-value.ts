import type { AuthorizationDetail, DpopKey, IdTokenClaims, LoginOutcome, TokenSet } from "@coatcheck/oauth";
import type { SessionEnvelope } from "@coatcheck/session";
import { firstGrant } from "@coatcheck/tokens";
import type { Grant, Granted, SessionRef } from "@coatcheck/tokens";
import type { OfProvider } from "../providers/sign-in-provider.ts";

/** What the cookie remembers of one sign-in, version 1. No ID token, no claim that isn't allow-listed. */
export interface SessionValue extends SessionEnvelope, OfProvider {
  readonly iss: string;
  readonly sub: string;
  readonly idpSid?: string;
  /** Seconds, as the provider said. */
  readonly authTime?: number;
  readonly acr?: string;
  /** Seconds, the provider's clock. */
  readonly idTokenIat: number;
  readonly user: { readonly sub: string; readonly name?: string; readonly [claim: string]: unknown };
  /** What the tokens are bound to, if anything. */
  readonly dpopKey?: DpopKey;
  /** What was granted in detail at sign-in, where something was asked for. */
  readonly authorizationDetails?: readonly AuthorizationDetail[];
  readonly grant: Grant;
}

/** Makes the value of a new session out of what the sign-in yielded. */
export function newSessionValue(
  envelope: SessionEnvelope,
  owned: OfProvider,
  {
    tokens,
    claims,
    dpopKey,
    authorizationDetails,
  }: Omit<Extract<LoginOutcome, { kind: "signed_in" }>, "kind">,
  userClaims: readonly string[],
): SessionValue {
  return {
    ...boundEnvelope(envelope, claims),
    ...owned,
    iss: claims.iss,
    sub: claims.sub,
    ...(claims.sid === undefined ? {} : { idpSid: claims.sid }),
    ...(claims.auth_time === undefined ? {} : { authTime: claims.auth_time }),
    ...(claims.acr === undefined ? {} : { acr: claims.acr }),
    idTokenIat: claims.iat,
    user: pickClaims(claims, userClaims),
    ...(dpopKey === undefined ? {} : { dpopKey }),
    ...(authorizationDetails === undefined ? {} : { authorizationDetails }),
    grant: firstGrant(toGranted(tokens)),
  };
}

/** From the provider's words to the keeper's. */
export function toGranted(tokens: TokenSet): Granted {
  const { accessToken: token, refreshToken, issuedAt, expiresAt, refreshExpiresAt, scope } = tokens;
  return {
    accessToken: { token, issuedAt, expiresAt, scope },
    ...(refreshToken === undefined ? {} : { refreshToken }),
    ...(refreshExpiresAt === undefined ? {} : { refreshExpiresAt }),
  };
}

/** The provider may want an earlier end than ours. @see IPSIE, claim `session_expiry` */
function boundEnvelope(
  envelope: SessionEnvelope,
  { session_expiry: expiry }: IdTokenClaims,
): SessionEnvelope {
  if (expiry === undefined) return envelope;
  const absoluteDeadline = Math.min(envelope.absoluteDeadline, Math.floor(expiry * 1_000));
  return { ...envelope, absoluteDeadline, idleDeadline: Math.min(envelope.idleDeadline, absoluteDeadline) };
}

/** A session as the keeper of its provider's tokens knows it, with the provider's name. */
export type OwnedRef = SessionRef & OfProvider;

/** How the keeper of tokens knows this session. @param arrivedAt when the request arrived, milliseconds since the epoch. */
export function sessionRef(value: SessionValue, arrivedAt: number): OwnedRef {
  return {
    ...(value.provider === undefined ? {} : { provider: value.provider }),
    sid: value.sid,
    iss: value.iss,
    sub: value.sub,
    ...(value.idpSid === undefined ? {} : { idpSid: value.idpSid }),
    ...(value.authTime === undefined ? {} : { authTime: value.authTime }),
    idTokenIat: value.idTokenIat,
    ...(value.dpopKey === undefined ? {} : { dpopKey: value.dpopKey }),
    grant: value.grant,
    absoluteDeadline: value.absoluteDeadline,
    arrivedAt,
  };
}

function pickClaims(claims: IdTokenClaims, names: readonly string[]): SessionValue["user"] {
  const picked = names
    .filter((name) => Object.hasOwn(claims, name))
    .map((name) => [name, claims[name]] as const);
  return toUser(Object.fromEntries(picked), claims.sub);
}

/** What the page sees of a person. A provider may put anything into `name`; the page gets a text or nothing. */
export function toUser(
  { name, ...claims }: Readonly<Record<string, unknown>>,
  sub: string,
): SessionValue["user"] {
  return { ...claims, ...(typeof name === "string" ? { name } : {}), sub };
}

/**
 * Reads a value that came out of a seal of ours; `undefined` for one of another make.
 *
 * @param owner name of the provider whose keys sealed it; `""`: the default one's
 */
export function readSessionValue(json: unknown, owner: string): SessionValue | undefined {
  if (!isObject(json) || !isObject(json["user"]) || !isObject(json["grant"])) return undefined;
  const { grant, provider = "" } = json;
  const isWhole =
    provider === owner &&
    typeof json["sid"] === "string" &&
    typeof json["iss"] === "string" &&
    typeof json["sub"] === "string" &&
    typeof json["idTokenIat"] === "number" &&
    Number.isSafeInteger(grant["generation"]) &&
    isObject(grant["accessTokens"]) &&
    ["string", "undefined"].includes(typeof json["dpopKey"]) &&
    ["string", "undefined"].includes(typeof grant["refreshToken"]);
  // Sealed by us, so beyond its shape there is nothing to distrust.
  return isWhole ? (json as unknown as SessionValue) : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
