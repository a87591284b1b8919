import { createLocalJWKSet, decodeProtectedHeader, compactVerify } from "jose";
import type { JSONWebKeySet } from "jose";
import { createCachedDocument } from "../call/cached-document.ts";
import type { CachedDocument, Fetched } from "../call/cached-document.ts";
import { isJsonObject, parseJsonObject } from "../call/json-object.ts";
import type { ProviderMetadata } from "../setup/metadata.ts";
import type { OAuthPorts } from "../oauth-ports.ts";
import { callProvider } from "../call/provider-call.ts";
import type { ProviderSettings } from "../setup/provider-config.ts";

const MAX_JWKS_BYTES = 256 * 1_024;
const MAX_KEYS = 100;
const MAX_TRIED_KEYS = 8;
const TTL_MS = 3_600_000;
const UNKNOWN_KEY_COOLDOWN_MS = 30_000;

/**
 * Who brought the token that names an unknown key: the provider on a call of ours, or anybody.
 *
 * Each has a cool-down of its own; without this, a stranger's bogus logout tokens keep a rotated key unknown.
 */
type TokenBearer = "provider" | "anybody";

type KeySelection =
  | { readonly kind: "keys"; readonly keySet: JSONWebKeySet }
  | { readonly kind: "unavailable"; readonly reason: string };

export interface SigningKeys {
  /** Makes sure that some keys are known. */
  warm(): Promise<KeySelection>;
  /** The keys that may verify `jwt`; fetches again, once a cool-down, when its key is unknown (S-051). */
  keysFor(jwt: string, bearer: TokenBearer): Promise<KeySelection>;
}

/** Keys come from the issuer's `jwks_uri` only; what a token's header brings along (`jku`, `jwk` ...) is never looked at. */
export function createSigningKeys(
  settings: ProviderSettings,
  metadata: CachedDocument<ProviderMetadata>,
  ports: OAuthPorts,
): SigningKeys {
  const refetchedAtMs: Record<TokenBearer, number> = { provider: -Infinity, anybody: -Infinity };
  const document: CachedDocument<JSONWebKeySet> = createCachedDocument({
    nowMs: ports.nowMs,
    ttlMs: TTL_MS,
    retryAfterMs: UNKNOWN_KEY_COOLDOWN_MS,
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

  const select = (fetched: Fetched<JSONWebKeySet>): KeySelection => {
    const keySet = fetched.kind === "fetched" ? fetched.value : document.peek();
    if (keySet !== undefined) return { kind: "keys", keySet };
    return { kind: "unavailable", reason: fetched.kind === "failed" ? fetched.reason : "keys_unknown" };
  };

  return {
    warm: async () => select(await document.get()),
    async keysFor(jwt, bearer) {
      const wasKnown = document.peek() !== undefined;
      const selection = select(await document.get());
      const keyId = keyIdOf(jwt);
      if (selection.kind === "unavailable" || keyId === undefined) return narrowed(selection, jwt);
      if (!wasKnown || selection.keySet.keys.some((key) => key.kid === keyId))
        return narrowed(selection, jwt);
      if (ports.nowMs() - refetchedAtMs[bearer] < UNKNOWN_KEY_COOLDOWN_MS) return selection;
      refetchedAtMs[bearer] = ports.nowMs();
      return narrowed(select(await document.refetch()), jwt);
    },
  };
}

async function fetchKeys(
  settings: ProviderSettings,
  metadata: CachedDocument<ProviderMetadata>,
  ports: OAuthPorts,
): Promise<Fetched<JSONWebKeySet>> {
  const known = await metadata.get();
  if (known.kind === "failed") return known;
  const result = await callProvider(
    {
      url: known.value.jwks_uri,
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
  if (!Array.isArray(keys) || !keys.every(isJsonObject)) return failed("not_a_key_set", true);
  if (keys.length > MAX_KEYS) return failed("too_many_keys", true);
  return { kind: "fetched", value: { keys } };
}

function keyIdOf(jwt: string): string | undefined {
  try {
    const { kid } = decodeProtectedHeader(jwt);
    return typeof kid === "string" ? kid : undefined;
  } catch {
    // Not a JWT: whoever verifies it says so.
    return undefined;
  }
}

/** Where several keys fit (no `kid`, or one twice), keeps the one that verifies; libraries refuse to choose (S-050). */
async function narrowed(selection: KeySelection, jwt: string): Promise<KeySelection> {
  if (selection.kind === "unavailable") return selection;
  const keyId = keyIdOf(jwt);
  const candidates = selection.keySet.keys.filter((key) => keyId === undefined || key.kid === keyId);
  if (candidates.length < 2) return selection;
  for (const key of candidates.slice(0, MAX_TRIED_KEYS)) {
    try {
      await compactVerify(jwt, createLocalJWKSet({ keys: [key] }));
      return { kind: "keys", keySet: { keys: [key] } };
    } catch {
      // This key doesn't verify it; the next may.
      continue;
    }
  }
  return selection;
}
