import { beginLogin } from "./sign-in/begin-login.ts";
import type { BeginLoginRequest } from "./sign-in/begin-login-request.ts";
import type { LoginTransaction } from "./sign-in/begin-login.ts";
import { createDpop } from "./dpop/dpop.ts";
import type { Dpop } from "./dpop/dpop.ts";
import { generateDpopKey } from "./dpop/dpop-key.ts";
import type { DpopKey } from "./dpop/dpop-key.ts";
import { endSessionUrl } from "./sign-out/end-session-url.ts";
import type { EndSessionRequest } from "./sign-out/end-session-url.ts";
import { createExchanges } from "./call/exchange.ts";
import { finishLogin } from "./sign-in/finish-login.ts";
import type { LoginOutcome } from "./sign-in/finish-login.ts";
import { verifyLogoutToken } from "./sign-out/logout-token.ts";
import type { LogoutTokenOutcome } from "./sign-out/logout-token.ts";
import { clockAheadSeconds } from "./call/clock-difference.ts";
import { clientRefusedAdvice } from "./client-auth/client-advice.ts";
import { openCertificate } from "./client-auth/client-certificate.ts";
import { createClientSigner } from "./client-auth/client-signer.ts";
import type { PublicKeys } from "./client-auth/client-signer.ts";
import { createMetadata } from "./setup/metadata.ts";
import type { ProviderMetadata } from "./setup/metadata-document.ts";
import { OAuthError } from "./oauth-error.ts";
import type { OAuthEvent } from "./oauth-event.ts";
import type { OAuthPorts } from "./oauth-ports.ts";
import { parseProviderConfig } from "./setup/provider-config.ts";
import type { ProviderConfig } from "./setup/provider-config.ts";
import { uncheckedAtSignIn } from "./presets/plain-oauth.ts";
import type { RefreshBehaviour } from "./setup/refresh-behaviour.ts";
import { clientGrant } from "./token-endpoint/client-grant.ts";
import type { ClientGrantOutcome, ClientGrantRequest } from "./token-endpoint/client-grant.ts";
import { exchangeToken } from "./token-endpoint/exchange-token.ts";
import type { TokenExchangeOutcome, TokenExchangeRequest } from "./token-endpoint/exchange-token.ts";
import { refreshGrant } from "./token-endpoint/refresh-grant.ts";
import type { RefreshGrantRequest } from "./token-endpoint/refresh-grant.ts";
import type { RefreshOutcome } from "./token-endpoint/refresh-outcome.ts";
import { revoke } from "./sign-out/revoke.ts";
import { createRevokeByJson } from "./sign-out/revoke-by-json.ts";
import type { RevokeOutcome, RevokedToken } from "./sign-out/revoke.ts";
import { createPushRequest } from "./sign-in/push-request.ts";
import { createSigningKeys } from "./jwt/signing-keys.ts";
import { userinfo } from "./access-token/userinfo.ts";
import type { UserinfoOutcome, UserinfoRequest } from "./access-token/userinfo.ts";
import { validate } from "./access-token/validate.ts";
import type { ValidateOutcome } from "./access-token/validate.ts";

/** One authorization server, with one client registered at it. Discovery is lazy, cached, shared by concurrent callers. */
export interface Provider {
  readonly issuer: string;
  readonly clientId: string;
  /** What the preset and the configuration know about refreshing here. */
  readonly refreshBehaviour: RefreshBehaviour;
  /** Fetches the metadata. @throws {OAuthError} `provider_unreachable` or `metadata_invalid`; known metadata never throws. */
  discover(): Promise<void>;
  /** Without contacting anyone: is the metadata known? */
  isDiscovered(): boolean;
  /**
   * Without contacting anyone: why this provider can't be used as it is configured, in a word (`issuer_mismatch`,
   * `tls_untrusted`, `token_endpoint_invalid` ...); waiting doesn't help. `undefined` while it can be used, or may be.
   */
  setupProblem(): string | undefined;
  /** @throws {OAuthError} `provider_unreachable`, `metadata_invalid` or `login_not_accepted` */
  beginLogin(
    request?: BeginLoginRequest,
  ): Promise<{ readonly url: string; readonly transaction: LoginTransaction }>;
  /** @param rawQuery the callback's query string, exactly as received. Never throws for what a provider answers. */
  finishLogin(rawQuery: string, transaction: LoginTransaction): Promise<LoginOutcome>;
  refreshGrant(request: RefreshGrantRequest): Promise<RefreshOutcome>;
  /** Gets a token for the application itself (client credentials). @see RFC 6749 section 4.4 */
  clientGrant(request: ClientGrantRequest): Promise<ClientGrantOutcome>;
  /** Gets the same person a token for another API (token exchange). @see RFC 8693 */
  exchangeToken(request: TokenExchangeRequest): Promise<TokenExchangeOutcome>;
  userinfo(request: UserinfoRequest): Promise<UserinfoOutcome>;
  validate(request: { readonly accessToken: string; readonly resource: string }): Promise<ValidateOutcome>;
  /**
   * Whether a session without refresh token hands back its access token when it ends: at a plain OAuth provider that one may never
   * expire.
   */
  readonly revokesAccessTokens: boolean;
  /** Revokes a token, by default a refresh token, in the provider's own way. @see RFC 7009 */
  revoke(token: string, kind?: RevokedToken): Promise<RevokeOutcome>;
  /**
   * `undefined` where the provider offers none.
   *
   * @throws {OAuthError} `provider_unreachable` or `metadata_invalid`
   * @see OpenID Connect RP-Initiated Logout section 2
   */
  endSessionUrl(request: EndSessionRequest): Promise<string | undefined>;
  /** @see OpenID Connect Back-Channel Logout section 2.6 */
  verifyLogoutToken(token: string): Promise<LogoutTokenOutcome>;
  /**
   * The public halves of this client's keys, and its certificate where that proves who it is by itself, for the provider to
   * fetch. Absent: it has none.
   *
   * @see RFC 7517 section 5, RFC 8705 section 2.2.2
   */
  publicKeys?(): Promise<PublicKeys>;
  /** Proves to an API, too, that tokens come with their key. */
  readonly dpop?: Pick<Dpop, "prove" | "noteNonce" | "withNonce">;
}

const CLIENT_REFUSED_EVERY_MS = 60_000;
/** So long before a certificate's end it is spoken of. */
const EXPIRY_NOTICE_MS = 14 * 86_400_000;
const BROKEN_KEY =
  "The first of OAUTH_CLIENT_KEYS can't be used to sign: its members don't fit together. Copy it again, or make one with coatcheck keygen client.";
const NO_REVOCATION =
  "The provider revokes no refresh tokens, so one stays usable there after sign-out until it expires: set " +
  "OAUTH_REVOCATION_ENDPOINT if the provider has one that its metadata doesn't name, or give refresh tokens a short life there.";
const NO_END_SESSION =
  "The provider names no end_session_endpoint, so people stay signed in there after signing out here: set " +
  "OAUTH_END_SESSION_ENDPOINT if it has a page for that, and OAUTH_END_SESSION_PARAMETERS where that takes other parameters.";

/**
 * Makes the client of one authorization server. Contacts nobody until it is used.
 *
 * @throws {OAuthError} `config_invalid`, with every problem and its fix.
 */
export function createProvider(config: ProviderConfig, ports: OAuthPorts): Provider {
  const settings = parseProviderConfig(config);
  const metadata = createMetadata(settings, ports);
  const keys = createSigningKeys(settings, metadata, ports);
  const certificate = openCertificate(settings.certificate, ports);
  const [firstKey, ...otherKeys] = settings.clientKeys;
  const signer = firstKey === undefined ? undefined : createClientSigner([firstKey, ...otherKeys]);
  let aheadSeconds = 0;
  const dpop = createDpop(ports);
  let applicationKey: Promise<DpopKey> | undefined;
  const startExchange = createExchanges(settings, signer, dpop, ports, (result) => {
    if (result.kind === "reply")
      aheadSeconds = clockAheadSeconds(result.headers, ports.nowMs()) ?? aheadSeconds;
    if (result.kind === "unsent" && result.reason === "tls_certificate_refused") reportClientRefused();
    reportExpiry();
  });
  const push = createPushRequest(settings, startExchange, ports);
  const dependencies = {
    settings,
    metadata,
    keys,
    startExchange,
    dpop,
    certificate,
    applicationKey: () => (applicationKey ??= generateDpopKey()),
    ports,
  };

  const revokeByJson = createRevokeByJson(dependencies);
  const unchecked = uncheckedAtSignIn(settings);
  if (unchecked.length > 0) ports.log?.({ event: "sign_in_unchecked", issuer: settings.issuer, unchecked });

  const knownMetadata = async (): Promise<ProviderMetadata> => {
    const fetched = await metadata.get();
    if (fetched.kind === "fetched") return fetched.value;
    throw new OAuthError(
      fetched.invalid ? "metadata_invalid" : "provider_unreachable",
      `The provider's metadata can't be ${fetched.invalid ? "used" : "fetched"}: ${fetched.reason}.`,
    );
  };

  const noteSuccess = (isSuccess: boolean): void => {
    if (isSuccess) ports.onSuccess?.();
  };
  const reported = new Set<string>();
  const reportOnce = (report: OAuthEvent): void => {
    if (reported.has(report.event)) return;
    reported.add(report.event);
    ports.log?.(report);
  };
  let clientRefusedAtMs = -Infinity;
  const reportClientRefused = (): void => {
    if (ports.nowMs() - clientRefusedAtMs < CLIENT_REFUSED_EVERY_MS) return;
    clientRefusedAtMs = ports.nowMs();
    ports.log?.({
      event: "client_refused",
      issuer: settings.issuer,
      advice: clientRefusedAdvice(settings, metadata.peek(), aheadSeconds, certificate?.facts),
    });
  };
  function reportExpiry(): void {
    if (certificate === undefined) return;
    const { expiresAtMs } = certificate.facts;
    if (expiresAtMs - ports.nowMs() > EXPIRY_NOTICE_MS) return;
    const expiresAt = new Date(expiresAtMs).toISOString();
    reportOnce({ event: "client_certificate_expiring", issuer: settings.issuer, expiresAt });
  }
  let hasBrokenKey = false;
  signer?.signingKey().catch(() => {
    hasBrokenKey = true;
    reportOnce({ event: "client_key_unusable", issuer: settings.issuer, advice: BROKEN_KEY });
  });

  const isSelfSigned = settings.clientAuth === "self_signed_tls_client_auth";
  const ofCertificate = isSelfSigned && certificate !== undefined ? [certificate.facts.publicJwk] : [];

  reportExpiry();
  return {
    issuer: settings.issuer,
    clientId: settings.clientId,
    refreshBehaviour: {
      ...settings.preset.refreshBehaviour,
      reuseGraceSeconds: settings.reuseGraceSeconds,
    },
    revokesAccessTokens: settings.profileClaims !== undefined,
    async discover() {
      await knownMetadata();
    },
    isDiscovered: () => metadata.peek() !== undefined,
    setupProblem() {
      if (hasBrokenKey) return "client_key_unusable";
      const isExpired = certificate !== undefined && certificate.facts.expiresAtMs <= ports.nowMs();
      return isExpired ? "client_certificate_expired" : metadata.problem();
    },
    async beginLogin(request = {}) {
      try {
        return await beginLogin(request, await knownMetadata(), { ...dependencies, push, signer });
      } catch (error) {
        const code = error instanceof OAuthError ? error.refusal?.code : undefined;
        if (code === "invalid_client" || code === "unauthorized_client") reportClientRefused();
        throw error;
      }
    },
    async finishLogin(rawQuery, transaction) {
      const outcome = await finishLogin(rawQuery, transaction, dependencies);
      noteSuccess(outcome.kind === "signed_in");
      if (outcome.kind === "refused" && outcome.reason === "client_refused") reportClientRefused();
      return outcome;
    },
    async refreshGrant(request) {
      const outcome = await refreshGrant(request, dependencies);
      noteSuccess(outcome.kind === "success");
      if (outcome.kind === "client") reportClientRefused();
      return outcome;
    },
    async clientGrant(request) {
      const outcome = await clientGrant(request, dependencies);
      noteSuccess(outcome.kind === "success");
      if (outcome.kind === "client") reportClientRefused();
      return outcome;
    },
    async exchangeToken(request) {
      const outcome = await exchangeToken(request, dependencies);
      noteSuccess(outcome.kind === "success");
      if (outcome.kind === "client") reportClientRefused();
      return outcome;
    },
    async userinfo(request) {
      const outcome = await userinfo(request, dependencies);
      noteSuccess(outcome.kind === "profile");
      return outcome;
    },
    async validate(request) {
      const outcome = await validate(request, dependencies);
      // A JWT is verified here, and says nothing of the provider.
      noteSuccess(outcome.kind === "facts" && outcome.facts.method !== "jwt");
      return outcome;
    },
    async revoke(token, kind = "refresh_token") {
      const outcome =
        settings.preset.revocation === "json"
          ? await revokeByJson(token, kind)
          : await revoke(token, kind, settings, metadata, startExchange);
      noteSuccess(outcome.kind === "revoked");
      if (outcome.kind === "unavailable" && ["status_401", "client_refused"].includes(outcome.reason))
        reportClientRefused();
      if (outcome.kind === "unsupported") {
        reportOnce({
          event: "revocation_unsupported",
          issuer: settings.issuer,
          advice: NO_REVOCATION,
        });
      }
      return outcome;
    },
    async endSessionUrl(request) {
      const url = endSessionUrl(request, await knownMetadata(), settings, startExchange);
      if (url === undefined) {
        reportOnce({
          event: "end_session_unsupported",
          issuer: settings.issuer,
          advice: NO_END_SESSION,
        });
      }
      return url;
    },
    verifyLogoutToken: (token) => verifyLogoutToken(token, settings, keys, ports.nowMs()),
    dpop,
    ...(signer === undefined && ofCertificate.length === 0
      ? {}
      : {
          publicKeys: async () => ({
            keys: [...((await signer?.publicKeys())?.keys ?? []), ...ofCertificate],
          }),
        }),
  };
}
