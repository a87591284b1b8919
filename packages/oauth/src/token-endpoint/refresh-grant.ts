import { refreshTokenGrant } from "openid-client";
import type { CachedDocument } from "../call/cached-document.ts";
import type { StartExchange } from "../call/exchange.ts";
import { MAX_TOKEN_RESPONSE_BYTES } from "../sign-in/finish-login.ts";
import { checkIdToken } from "../jwt/id-token.ts";
import type { ProviderMetadata } from "../setup/metadata.ts";
import type { OAuthPorts } from "../oauth-ports.ts";
import { describeProtocolFailure } from "./protocol-failure.ts";
import type { ProviderSettings } from "../setup/provider-config.ts";
import { classifyRefresh } from "./refresh-classification.ts";
import type { RefreshOutcome } from "./refresh-outcome.ts";
import type { SigningKeys } from "../jwt/signing-keys.ts";
import { toTokenSet } from "./token-set.ts";

export interface RefreshGrantRequest {
  readonly refreshToken: string;
  /** `""` is the provider's own token; anything else is sent as `resource` (RFC 8707). */
  readonly resource: string;
  /** A refreshed ID token must keep these (S-091). */
  readonly iss: string;
  readonly sub: string;
  /** Seconds since the epoch. */
  readonly authTime?: number;
  /**
   * Asked when the connection stands, just before the request is written; `false` sends nothing and yields `unsent`.
   * Without this, a leader that was paused while connecting would spend a token that its successor has spent.
   */
  readonly maySend?: () => boolean;
}

export interface RefreshGrantDependencies {
  readonly settings: ProviderSettings;
  readonly metadata: CachedDocument<ProviderMetadata>;
  readonly keys: SigningKeys;
  readonly startExchange: StartExchange;
  readonly ports: OAuthPorts;
}

/**
 * Spends a refresh token once and tells what that means for the session; `scope` is never sent. Never throws.
 *
 * @see RFC 6749 section 6, OpenID Connect Core section 12
 */
export async function refreshGrant(
  request: RefreshGrantRequest,
  { settings, metadata, keys, startExchange, ports }: RefreshGrantDependencies,
): Promise<RefreshOutcome> {
  // S-088: a refresh token goes to the provider that issued it and to nobody else.
  if (request.iss !== settings.issuer) return { kind: "unsent", reason: "token_of_another_provider" };
  const known = await metadata.get();
  if (known.kind === "failed") return { kind: "unsent", reason: `metadata_${known.reason}` };
  // Before sending: without it, an ID token that can't be verified would cost a rotated refresh token.
  const warmed = await keys.warm();
  if (warmed.kind === "unavailable") return { kind: "unsent", reason: `keys_${warmed.reason}` };

  const exchange = startExchange(known.value, {
    timeoutMs: settings.tokenTimeoutMs,
    maxBytes: MAX_TOKEN_RESPONSE_BYTES,
    tokenResponse: true,
    tokenEndpoint: settings.endpoints.refresh ?? known.value.token_endpoint,
    ...(request.maySend === undefined ? {} : { maySend: request.maySend }),
  });
  const resource: Record<string, string> = request.resource === "" ? {} : { resource: request.resource };
  let failure: string | undefined;
  try {
    await refreshTokenGrant(exchange.configuration, request.refreshToken, resource);
  } catch (error) {
    failure = exchange.keysProblem() ?? describeProtocolFailure(error);
  }

  const classified = classifyRefresh(exchange.result(), settings.preset.isTerminal, ports.nowMs());
  if (classified.kind === "ended") return classified.outcome;
  const { members, sentAtMs } = classified;
  const refused = (reason: string): RefreshOutcome => ({
    kind: "refused",
    reason: `id_token:${reason}`,
    status: 200,
  });
  if (failure !== undefined) return refused(failure);

  if (members.id_token !== undefined) {
    const check = await checkIdToken(members.id_token, members.access_token, settings, ports.nowMs());
    if (check.kind === "refused") return { ...check, status: 200 };
    const { claims } = check;
    if (claims.sub !== request.sub) return refused("other_sub");
    const authTime = claims.auth_time;
    if (authTime !== undefined && request.authTime !== undefined && authTime !== request.authTime) {
      return refused("other_auth_time");
    }
  }
  return { kind: "success", tokens: toTokenSet(members, sentAtMs, settings.scope) };
}
