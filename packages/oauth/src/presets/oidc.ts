import type { Preset } from "./preset.ts";

/** Any OpenID provider with standard behaviour. */
export const oidcPreset: Preset = {
  name: "oidc",
  scope: "openid profile email",
  scopes: "openid",
  clientAuth: "client_secret_basic",
  endpoints: () => ({}),
  hasMetadata: true,
  tokenValidation: "introspection",
  revocation: "form",
  signsSecret: false,
  hasNonce: true,
  pkce: "S256",
  hasPrompt: true,
  scopeSeparator: " ",
  accessTokenSeconds: 300,
  refreshBehaviour: {
    reuseGraceSeconds: 0,
    refreshRevokesAccessToken: false,
    missingRefreshTokenAdvice:
      "Allow the refresh_token grant for this client at the provider, or add offline_access to OAUTH_SCOPE; where it is there, set OAUTH_PROMPT=consent.",
  },
  authorizationParameters: {},
  // OpenID Connect Core section 11: without consent a provider drops offline_access without a word.
  asksConsent: "for_offline_access",
  isTerminal: () => false,
  configProblems: () => [],
};
