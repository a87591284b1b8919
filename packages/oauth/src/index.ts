/**
 * The client of one authorization server: values in, values out; every answer of it is a typed outcome.
 *
 * @example
 * ```ts
 * const provider = createProvider(config, { fetch, nowMs: () => Date.now() });
 * const { url, transaction } = await provider.beginLogin({ maxAge: 3600 });
 * ```
 *
 * @module
 */
export type { BeginLoginRequest } from "./sign-in/begin-login-request.ts";
export type { LoginTransaction } from "./sign-in/begin-login.ts";
export type { LoginOutcome } from "./sign-in/finish-login.ts";
export type { IdTokenClaims } from "./jwt/id-token-claims.ts";
export type { LogoutTokenClaims, LogoutTokenOutcome } from "./sign-out/logout-token.ts";
export type { Dpop, DpopProofRequest } from "./dpop/dpop.ts";
export type { DpopKey } from "./dpop/dpop-key.ts";
export type { AuthorizationDetail } from "./setup/authorization-details.ts";
export { AUTHORIZATION_DETAILS_FIX } from "./setup/authorization-details.ts";
export { responseState } from "./sign-in/signed-response.ts";
export { SECURITY_PROFILES } from "./setup/security-profile.ts";
export { OAuthError } from "./oauth-error.ts";
export type { OAuthErrorCode } from "./oauth-error.ts";
export type { OAuthEvent } from "./oauth-event.ts";
export type { OAuthPorts } from "./oauth-ports.ts";
export { authorizationParameterProblems } from "./setup/authorization-parameters.ts";
export { CLIENT_KEYS_FIX } from "./client-auth/client-keys.ts";
export type {
  CertificateFacts,
  CertificateReading,
  ClientCertificate,
  ReadCertificate,
} from "./client-auth/client-certificate.ts";
export { diagnoseProvider } from "./setup/diagnose-provider.ts";
export type { ProviderDiagnosis } from "./setup/diagnose-provider.ts";
export { PRESETS } from "./presets/find-preset.ts";
export type { PresetName } from "./presets/find-preset.ts";
export {
  parseProviderConfig,
  PKCE_METHODS,
  PUSHED_REQUESTS,
  TOKEN_BINDINGS,
} from "./setup/provider-config.ts";
export type { ProviderConfig, ProviderConfigProblem, ProviderSettings } from "./setup/provider-config.ts";
export { CLIENT_AUTH_METHODS } from "./setup/provider-endpoints.ts";
export type { ClientAuthMethod, ProviderEndpoints } from "./setup/provider-endpoints.ts";
export type { ProviderFetch, ProviderRequestInit } from "./call/provider-fetch.ts";
export { createProvider } from "./provider.ts";
export type { Provider } from "./provider.ts";
export type { RefreshBehaviour } from "./setup/refresh-behaviour.ts";
export type {
  ExchangeTarget,
  TokenExchangeOutcome,
  TokenExchangeRequest,
} from "./token-endpoint/exchange-token.ts";
export type { ClientGrantOutcome, ClientGrantRequest } from "./token-endpoint/client-grant.ts";
export type { RefreshGrantRequest } from "./token-endpoint/refresh-grant.ts";
export type { RefreshOutcome } from "./token-endpoint/refresh-outcome.ts";
export { RequestInterruptedError, RequestNotSentError } from "./call/request-error.ts";
export type { NotSentCode } from "./call/request-error.ts";
export type { RevokeOutcome } from "./sign-out/revoke.ts";
export type { AccessTokenFacts } from "./access-token/token-facts.ts";
export type { TokenSet } from "./token-endpoint/token-set.ts";
export type { UserinfoOutcome } from "./access-token/userinfo.ts";
export type { ValidateOutcome } from "./access-token/validate.ts";
