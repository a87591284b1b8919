import { profileSchema } from "@coatcheck/contract";
import type { Profile } from "@coatcheck/contract";
import { fetchUserInfo } from "openid-client";
import type { CachedDocument } from "../call/cached-document.ts";
import type { StartExchange } from "../call/exchange.ts";
import { parseJsonObject } from "../call/json-object.ts";
import type { ProviderMetadata } from "../setup/metadata.ts";
import { describeProtocolFailure } from "../token-endpoint/protocol-failure.ts";
import type { ProviderSettings } from "../setup/provider-config.ts";

export type UserinfoOutcome =
  | { readonly kind: "profile"; readonly profile: Profile }
  /** 401 `invalid_token`. */
  | { readonly kind: "token_refused" }
  | { readonly kind: "refused"; readonly reason: string }
  | { readonly kind: "unavailable"; readonly reason: string };

const MAX_USERINFO_BYTES = 64 * 1_024;

/**
 * Asks UserInfo, with the token in the header; the answer must be a JSON object about `sub`. Never throws.
 *
 * @see OpenID Connect Core section 5.3
 */
export async function userinfo(
  request: { readonly accessToken: string; readonly sub: string },
  settings: ProviderSettings,
  metadata: CachedDocument<ProviderMetadata>,
  startExchange: StartExchange,
): Promise<UserinfoOutcome> {
  const known = await metadata.get();
  if (known.kind === "failed") return { kind: "unavailable", reason: known.reason };
  if (known.value.userinfo_endpoint === undefined) return { kind: "refused", reason: "endpoint_missing" };

  const exchange = startExchange(known.value, {
    timeoutMs: settings.requestTimeoutMs,
    maxBytes: MAX_USERINFO_BYTES,
  });
  let failure: string | undefined;
  try {
    await fetchUserInfo(exchange.configuration, request.accessToken, request.sub);
  } catch (error) {
    failure = describeProtocolFailure(error);
  }
  const result = exchange.result();
  if (result === undefined) return { kind: "refused", reason: failure ?? "request_not_possible" };
  if (result.kind !== "reply") return { kind: "unavailable", reason: result.reason };
  const { status, body } = result;
  if (status === 401) return { kind: "token_refused" };
  if (status >= 500 || status === 408 || status === 429)
    return { kind: "unavailable", reason: `status_${status}` };
  if (status !== 200) return { kind: "refused", reason: `status_${status}` };
  if (body.kind === "unreadable") {
    const isRetryable = body.reason === "timeout" || body.reason === "connection_lost";
    return { kind: isRetryable ? "unavailable" : "refused", reason: body.reason };
  }
  const profile = parseJsonObject(body.text);
  if (profile === undefined) return { kind: "refused", reason: "not_json_object" };
  if (failure !== undefined) return { kind: "refused", reason: failure };
  const parsed = profileSchema.safeParse(profile);
  return parsed.success
    ? { kind: "profile", profile: parsed.data }
    : { kind: "refused", reason: "profile_malformed" };
}
