import { refreshTokenGrant } from "openid-client";
import type { CachedDocument } from "../call/cached-document.ts";
import type { StartExchange } from "../call/exchange.ts";
import { within } from "../call/within.ts";
import type { DpopKey } from "../dpop/dpop-key.ts";
import { reportIgnoredDpop } from "../dpop/uses-dpop.ts";
import { checkRefreshedIdToken } from "../jwt/id-token.ts";
import type { RefreshedIdToken } from "../jwt/id-token.ts";
import type { SigningKeys } from "../jwt/signing-keys.ts";
import type { OAuthPorts } from "../oauth-ports.ts";
import { isBindingMissing } from "../client-auth/certificate-binding.ts";
import type { OpenedCertificate } from "../client-auth/client-certificate.ts";
import type { ProviderMetadata } from "../setup/metadata-document.ts";
import type { ProviderSettings } from "../setup/provider-config.ts";
import type { RefreshOutcome } from "./refresh-outcome.ts";
import { sortTokenAnswer } from "./token-answer.ts";
import { MAX_TOKEN_RESPONSE_BYTES } from "./token-response.ts";
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
  /** What the session's tokens are bound to, if anything. */
  readonly dpopKey?: DpopKey;
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
  /** What tokens are bound to, where they are bound to one. */
  readonly certificate: OpenedCertificate | undefined;
  readonly ports: OAuthPorts;
}

/**
 * Spends a refresh token once and tells what that means for the session; `scope` is never sent. Never throws.
 *
 * @see RFC 6749 section 6, OpenID Connect Core section 12
 */
export async function refreshGrant(
  request: RefreshGrantRequest,
  { settings, metadata, keys, startExchange, certificate, ports }: RefreshGrantDependencies,
): Promise<RefreshOutcome> {
  // S-088: a refresh token goes to the provider that issued it and to nobody else.
  if (!settings.tokenIssuers.includes(request.iss))
    return { kind: "unsent", reason: "token_of_another_provider" };
  const known = await metadata.get();
  if (known.kind === "failed") return { kind: "unsent", reason: `metadata_${known.reason}` };
  // Beside the call, so that they are there when an ID token comes.
  if (settings.profileClaims === undefined) keys.warm();

  const exchange = startExchange(known.value, {
    timeoutMs: settings.tokenTimeoutMs,
    maxBytes: MAX_TOKEN_RESPONSE_BYTES,
    tokenEndpoint: settings.endpoints.refresh ?? known.value.token_endpoint,
    ...(request.dpopKey === undefined ? {} : { dpopKey: request.dpopKey }),
    ...(request.maySend === undefined ? {} : { maySend: request.maySend }),
  });
  const resource: Record<string, string> = request.resource === "" ? {} : { resource: request.resource };
  const result = await exchange.ask((configuration) =>
    refreshTokenGrant(configuration, request.refreshToken, resource),
  );
  const answer = sortTokenAnswer(result, settings.preset.isTerminal, ports.nowMs());
  if (answer.kind !== "success") return answer;

  if (request.dpopKey !== undefined && answer.members.token_type === "bearer")
    reportIgnoredDpop(settings, ports);
  // The refresh token is spent: what came counts, whatever it is bound to.
  if (isBindingMissing(answer.members.access_token, settings, certificate))
    ports.log?.({ event: "certificate_binding_ignored", issuer: settings.issuer });
  const { idToken, ...tokens } = toTokenSet(answer.members, answer.sentAtMs, settings.scope, settings);
  if (idToken === undefined || settings.profileClaims !== undefined) return { kind: "success", tokens };
  const { accessToken } = tokens;
  const { iss, sub, authTime } = request;
  const expected = { accessToken, iss, sub, ...(authTime === undefined ? {} : { authTime }) };
  // Whoever waits has been promised an end by then; keys that take longer cost no tokens.
  const leftMs = answer.sentAtMs + settings.tokenTimeoutMs - ports.nowMs();
  const judging = checkRefreshedIdToken(idToken, expected, { settings, keys, nowMs: ports.nowMs() });
  const check: RefreshedIdToken = (await within(judging, leftMs, ports)) ?? {
    kind: "unusable",
    reason: "keys_unavailable",
  };
  switch (check.kind) {
    case "accepted":
      return { kind: "success", tokens: { ...tokens, idToken } };
    case "other_identity":
      return {
        kind: "other_identity",
        reason: check.reason,
        refreshToken: tokens.refreshToken ?? request.refreshToken,
      };
    default:
      ports.log?.({ event: "id_token_left_out", issuer: settings.issuer, reason: check.reason });
      return { kind: "success", tokens };
  }
}
