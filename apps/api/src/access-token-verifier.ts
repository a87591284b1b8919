import { createRemoteJWKSet, customFetch, errors, jwtVerify, type JWTPayload } from "jose";
import { z } from "zod";

export interface AccessTokenVerifierOptions {
  /** Expected `iss`; also where the metadata is looked up when `jwksUri` is absent. */
  readonly issuer: string;
  /** Where the issuer's keys are. Default: what its metadata says. */
  readonly jwksUri?: string | undefined;
  /** Expected `aud`: this API. */
  readonly audience: string;
  /** Milliseconds since the epoch. */
  readonly nowMs: () => number;
  readonly fetch: typeof fetch;
}

/** What an access token turned out to be. */
export type TokenVerdict =
  | {
      readonly kind: "valid";
      readonly sub: string;
      readonly scopes: ReadonlySet<string>;
      /** When the person signed in at the provider, in seconds; RFC 9068 section 2.2.1. */
      readonly authTime?: number;
    }
  /** `description` says what is wrong, for the client's developer; it never holds the token. */
  | { readonly kind: "invalid"; readonly description: string }
  /** The issuer's keys can't be had just now, so nothing can be said about the token. */
  | { readonly kind: "keys_unavailable" };

const ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA", "Ed25519"];
const CLOCK_TOLERANCE_SECONDS = 5;
const KEYS_TIMEOUT_MS = 3_000;
const KEYS_COOLDOWN_MS = 10_000;
const KEYS_MAX_AGE_MS = 600_000;

const metadataSchema = z.object({ issuer: z.string(), jwks_uri: z.url() });

/**
 * Verifies JWT access tokens as a resource server must: type, signature, issuer, audience, lifetime.
 *
 * Keys are fetched when first needed, cached, and fetched again for an unknown key at most every 10 s.
 *
 * @see RFC 9068 section 4
 */
export function createAccessTokenVerifier(
  options: AccessTokenVerifierOptions,
): (token: string) => Promise<TokenVerdict> {
  let keys: Promise<ReturnType<typeof createRemoteJWKSet>> | undefined;

  async function findKeys(): Promise<ReturnType<typeof createRemoteJWKSet>> {
    const jwksUri = options.jwksUri ?? (await discoverJwksUri(options));
    return createRemoteJWKSet(new URL(jwksUri), {
      timeoutDuration: KEYS_TIMEOUT_MS,
      cooldownDuration: KEYS_COOLDOWN_MS,
      cacheMaxAge: KEYS_MAX_AGE_MS,
      [customFetch]: options.fetch,
    });
  }

  async function knownKeys(): Promise<ReturnType<typeof createRemoteJWKSet>> {
    const pending = (keys ??= findKeys());
    try {
      return await pending;
    } catch (error) {
      // Without this, a provider that was down at the first call would stay unknown for ever.
      if (keys === pending) keys = undefined;
      throw error;
    }
  }

  return async (token) => {
    try {
      const { payload } = await jwtVerify(token, await knownKeys(), {
        issuer: options.issuer,
        audience: options.audience,
        typ: "at+jwt",
        algorithms: ALGORITHMS,
        clockTolerance: CLOCK_TOLERANCE_SECONDS,
        currentDate: new Date(options.nowMs()),
        requiredClaims: ["exp", "sub", "client_id", "iat", "jti"],
      });
      return toVerdict(payload);
    } catch (error) {
      const description = describeFlaw(error);
      return description === undefined ? { kind: "keys_unavailable" } : { kind: "invalid", description };
    }
  };
}

function toVerdict({ sub, scope, auth_time: authTime }: JWTPayload): TokenVerdict {
  if (sub === undefined || sub === "")
    return { kind: "invalid", description: "The access token names nobody." };
  const scopes = typeof scope === "string" ? scope.split(" ").filter(Boolean) : [];
  return {
    kind: "valid",
    sub,
    scopes: new Set(scopes),
    ...(typeof authTime === "number" ? { authTime } : {}),
  };
}

/** @returns `undefined` when it is not the token that is wrong */
function describeFlaw(error: unknown): string | undefined {
  if (error instanceof errors.JWTExpired) return "The access token expired.";
  if (error instanceof errors.JWTClaimValidationFailed) {
    const { claim, reason } = error;
    return reason === "missing"
      ? `The access token lacks ${claim}.`
      : `The access token is not for this API: unexpected ${claim}.`;
  }
  if (error instanceof errors.JWSSignatureVerificationFailed || error instanceof errors.JWKSNoMatchingKey) {
    return "The access token is not signed by a key of its issuer.";
  }
  if (error instanceof errors.JOSEAlgNotAllowed)
    return "The access token is signed with an algorithm that is not allowed.";
  if (
    error instanceof errors.JWSInvalid ||
    error instanceof errors.JWTInvalid ||
    error instanceof errors.JOSENotSupported ||
    error instanceof errors.JWKSMultipleMatchingKeys
  ) {
    return "The access token is not a JWT that this API understands.";
  }
  return undefined;
}

async function discoverJwksUri({
  issuer,
  fetch: fetchMetadata,
}: AccessTokenVerifierOptions): Promise<string> {
  const base = issuer.endsWith("/") ? issuer.slice(0, -1) : issuer;
  const response = await fetchMetadata(`${base}/.well-known/openid-configuration`, {
    redirect: "error",
    signal: AbortSignal.timeout(KEYS_TIMEOUT_MS),
  });
  const metadata = metadataSchema.parse(await response.json());
  if (metadata.issuer !== issuer) throw new TypeError("The metadata belongs to another issuer.");
  return metadata.jwks_uri;
}
