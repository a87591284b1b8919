import { tokenRevocation } from "openid-client";
import type { CachedDocument } from "../call/cached-document.ts";
import type { StartExchange } from "../call/exchange.ts";
import { parseJsonObject } from "../call/json-object.ts";
import type { ProviderMetadata } from "../setup/metadata-document.ts";
import type { ProviderSettings } from "../setup/provider-config.ts";

export type RevokeOutcome =
  | { readonly kind: "revoked" }
  | { readonly kind: "unsupported" }
  | { readonly kind: "unavailable"; readonly reason: string };

export type RevokedToken = "refresh_token" | "access_token";

const MAX_REVOCATION_BYTES = 16 * 1_024;

/**
 * Revokes a token; one that the provider doesn't know is revoked, too. Never throws.
 *
 * @see RFC 7009 section 2
 */
export async function revoke(
  token: string,
  kind: RevokedToken,
  settings: ProviderSettings,
  metadata: CachedDocument<ProviderMetadata>,
  startExchange: StartExchange,
): Promise<RevokeOutcome> {
  const known = await metadata.get();
  if (known.kind === "failed") return { kind: "unavailable", reason: known.reason };
  if (known.value.revocation_endpoint === undefined) return { kind: "unsupported" };

  const exchange = startExchange(known.value, {
    timeoutMs: settings.requestTimeoutMs,
    maxBytes: MAX_REVOCATION_BYTES,
  });
  try {
    await tokenRevocation(exchange.configuration, token, { token_type_hint: kind });
    return { kind: "revoked" };
  } catch {
    const result = exchange.result();
    if (result === undefined) return { kind: "unavailable", reason: "request_not_possible" };
    if (result.kind !== "reply") return { kind: "unavailable", reason: result.reason };
    // The status says it all; a body that couldn't be read changes nothing.
    if (result.status === 200) return { kind: "revoked" };
    const error = result.body.kind === "text" ? parseJsonObject(result.body.text)?.["error"] : undefined;
    // Not by RFC 7009, but Google and others answer so for a token that is revoked or unknown.
    if (result.status === 400 && (error === "invalid_token" || error === "invalid_grant"))
      return { kind: "revoked" };
    if (error === "unsupported_token_type") return { kind: "unsupported" };
    return { kind: "unavailable", reason: `status_${result.status}` };
  }
}
