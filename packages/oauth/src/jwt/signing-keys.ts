import { compactVerify, createLocalJWKSet, errors } from "jose";
import type { JSONWebKeySet, JWK } from "jose";
import { createCachedDocument } from "../call/cached-document.ts";
import type { CachedDocument, Fetched } from "../call/cached-document.ts";
import { isJsonObject, parseJsonObject } from "../call/json-object.ts";
import { callProvider } from "../call/provider-call.ts";
import type { JsonObject } from "../call/json-object.ts";
import type { OAuthPorts } from "../oauth-ports.ts";
import type { RefusalReason } from "../refusal-reason.ts";
import type { ProviderMetadata } from "../setup/metadata-document.ts";
import type { ProviderSettings } from "../setup/provider-config.ts";
import { decodeJwt } from "./decode-jwt.ts";
import type { DecodedJwt } from "./decode-jwt.ts";
import { isSet } from "./id-token-claims.ts";

const MAX_JWKS_BYTES = 256 * 1_024;
const MAX_KEYS = 100;
/** Signatures checked for one token; keys that can't fit cost nothing and don't count. */
const MAX_TRIED_KEYS = 8;
const TTL_MS = 3_600_000;
const RETRY_AFTER_MS = 30_000;

/** Who brought the token: the provider, as the answer to a call of ours, or anybody. */
export type TokenBearer = "provider" | "anybody";

/**
 * How long keys aren't looked at again after a look that didn't help. A look that made a token verify starts none: the
 * provider rotates as often as it likes.
 *
 * Each bearer has its own; without this, a stranger's bogus logout tokens would keep a rotated key unknown.
 */
const COOL_DOWN_MS: Readonly<Record<TokenBearer, number>> = { provider: 5_000, anybody: 30_000 };

export type SignatureCheck =
  | ({ readonly kind: "verified" } & DecodedJwt)
  | { readonly kind: "refused"; readonly reason: RefusalReason<"signature"> }
  /** No key can be had just now. */
  | { readonly kind: "unavailable"; readonly reason: string };

export interface SigningKeys {
  /** Fetches keys where none are known, beside whatever the caller does next. */
  warm(): void;
  /**
   * Verifies a signature with the provider's published keys, which are fetched once more if it fails: the provider may
   * have changed them since, whether under a new `kid`, under the same one or without any (S-051).
   *
   * @param algorithms default: those configured for ID tokens
   */
  verify(jwt: string, bearer: TokenBearer, algorithms?: readonly string[]): Promise<SignatureCheck>;
}

/** Keys come from the issuer's `jwks_uri` only; what a token's header brings along (`jku`, `jwk` ...) is never looked at. */
export function createSigningKeys(
  settings: ProviderSettings,
  metadata: CachedDocument<ProviderMetadata>,
  ports: OAuthPorts,
): SigningKeys {
  const lookedInVainAtMs: Record<TokenBearer, number> = { provider: -Infinity, anybody: -Infinity };
  let looking: Promise<Fetched<JSONWebKeySet>> | undefined;
  const document: CachedDocument<JSONWebKeySet> = createCachedDocument({
    nowMs: ports.nowMs,
    ttlMs: TTL_MS,
    retryAfterMs: RETRY_AFTER_MS,
    async fetchDocument() {
      const fetched = await fetchKeys(settings, metadata, ports);
      if (fetched.kind === "fetched") {
        ports.log?.({ event: "keys_fetched", issuer: settings.issuer, count: fetched.value.keys.length });
      } else {
        const usingStale = document.peek() !== undefined;
        ports.log?.({ event: "keys_failed", issuer: settings.issuer, reason: fetched.reason, usingStale });
      }
      return fetched;
    },
  });

  /** `undefined`: not now. A look that is under way is everybody's. */
  function lookAgain(bearer: TokenBearer): Promise<Fetched<JSONWebKeySet>> | undefined {
    if (looking !== undefined) return looking;
    if (ports.nowMs() - lookedInVainAtMs[bearer] < COOL_DOWN_MS[bearer]) return undefined;
    lookedInVainAtMs[bearer] = ports.nowMs();
    looking = document.refetch().finally(() => {
      looking = undefined;
    });
    return looking;
  }

  /** Where one key set is for many tenants, a key may be for one alone. @see https://learn.microsoft.com/en-us/entra/identity-platform/access-tokens */
  function usable({ keys }: JSONWebKeySet, { claims }: DecodedJwt): JSONWebKeySet {
    const { issuer, metadataIssuer } = settings;
    if (issuer === metadataIssuer) return { keys };
    const isFor = ({ issuer: of }: JWK & { readonly issuer?: unknown }): boolean =>
      of === undefined || of === metadataIssuer || of === claims["iss"];
    return { keys: keys.filter(isFor) };
  }

  async function hasNoKeys(): Promise<boolean> {
    const described = await metadata.get();
    return described.kind === "fetched" && described.value.jwks_uri === undefined;
  }

  return {
    warm() {
      // fetchDocument reports its failures as values.
      if (document.peek() === undefined) void document.get();
    },
    async verify(jwt, bearer, algorithms = settings.idTokenAlgorithms) {
      const refused = (reason: RefusalReason<"signature">): SignatureCheck => ({ kind: "refused", reason });
      const decoded = decodeJwt(jwt);
      if (decoded === undefined) return refused(jwt.split(".").length === 5 ? "encrypted" : "malformed");
      const { alg, crit } = decoded.header;
      if (typeof alg !== "string" || !algorithms.includes(alg)) return refused("alg_not_allowed");
      // We know no extension that could be critical.
      if (crit !== undefined) return refused("crit_unknown");

      // Nobody's signature can be that of a plain OAuth provider without keys.
      if (settings.profileClaims !== undefined && (await hasNoKeys())) return refused("kid_unknown");
      const known = document.peek();
      const fetched = await document.get();
      if (fetched.kind === "failed") return { kind: "unavailable", reason: fetched.reason };
      const first = await verifyWith(usable(fetched.value, decoded), jwt, decoded);
      if (first === "verified") return { kind: "verified", ...decoded };
      // They were fetched for this token.
      if (known === undefined) return refused(first);

      const newest = document.peek();
      const again = newest === fetched.value ? await lookAgain(bearer) : fetchedAlready(newest);
      if (again === undefined) return refused(first);
      if (again.kind === "failed") return { kind: "unavailable", reason: again.reason };
      const second = await verifyWith(usable(again.value, decoded), jwt, decoded);
      if (second !== "verified") return refused(second);
      lookedInVainAtMs[bearer] = -Infinity;
      return { kind: "verified", ...decoded };
    },
  };
}

function fetchedAlready(keySet: JSONWebKeySet | undefined): Fetched<JSONWebKeySet> | undefined {
  return keySet === undefined ? undefined : { kind: "fetched", value: keySet };
}

async function fetchKeys(
  settings: ProviderSettings,
  metadata: CachedDocument<ProviderMetadata>,
  ports: OAuthPorts,
): Promise<Fetched<JSONWebKeySet>> {
  const known = await metadata.get();
  if (known.kind === "failed") return known;
  const { jwks_uri: url } = known.value;
  if (url === undefined) return { kind: "failed", reason: "jwks_uri_missing", invalid: true };
  const result = await callProvider(
    {
      url,
      method: "GET",
      headers: { accept: "application/json, application/jwk-set+json" },
      timeoutMs: settings.requestTimeoutMs,
      maxBytes: MAX_JWKS_BYTES,
    },
    ports,
  );
  const failed = (reason: string, invalid: boolean): Fetched<JSONWebKeySet> => ({
    kind: "failed",
    reason,
    invalid,
  });
  if (result.kind !== "reply") return failed(result.reason, false);
  if (result.status !== 200) return failed(`status_${result.status}`, false);
  if (result.body.kind === "unreadable") return failed(result.body.reason, true);
  const keys = parseJsonObject(result.body.text)?.["keys"];
  if (!Array.isArray(keys)) return failed("not_a_key_set", true);
  if (keys.length > MAX_KEYS) return failed("too_many_keys", true);
  const objects = keys.filter(isJsonObject);
  if (objects.length === 0 && keys.length > 0) return failed("not_a_key_set", true);
  return { kind: "fetched", value: { keys: objects.map(asMeant) } };
}

/** What a key says of its own use; in any other member, `null` and `""` are mistakes. */
const USE_MEMBERS: ReadonlySet<string> = new Set(["kid", "use", "alg", "key_ops"]);

/** Without this, one key with a `null` for "not set", or with the uses of its private half, would sign nobody in any more. */
function asMeant(key: JsonObject): JWK {
  const said = Object.entries(key).filter(([name, value]) => !USE_MEMBERS.has(name) || isSet(value));
  const verifies = Array.isArray(key["key_ops"]) && key["key_ops"].includes("verify");
  return { ...Object.fromEntries(said), ...(verifies ? { key_ops: ["verify"] } : {}) };
}

/**
 * Tries every key that the token may mean: the one that it names, those without a name, all where it names none.
 *
 * Each by itself: libraries refuse to choose among several that fit (S-050).
 */
async function verifyWith(
  keySet: JSONWebKeySet,
  jwt: string,
  { header }: DecodedJwt,
): Promise<"verified" | "kid_unknown" | "key_unfit" | "signature_invalid"> {
  const { kid } = header;
  const candidates: readonly JWK[] =
    typeof kid === "string"
      ? keySet.keys
          .filter((key) => key.kid === kid || key.kid === undefined)
          .map((key) => Object.assign({}, key, { kid }))
      : keySet.keys;
  if (candidates.length === 0) return "kid_unknown";
  let tried = 0;
  for (const key of candidates) {
    try {
      await compactVerify(jwt, createLocalJWKSet({ keys: [key] }));
      return "verified";
    } catch (error) {
      // Anything else means that this key can't be meant: another type, use or algorithm, or too short.
      if (error instanceof errors.JWSSignatureVerificationFailed || error instanceof errors.JWSInvalid)
        tried += 1;
      if (tried === MAX_TRIED_KEYS) break;
    }
  }
  return tried === 0 ? "key_unfit" : "signature_invalid";
}
