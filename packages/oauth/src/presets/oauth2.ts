import { oidcPreset } from "./oidc.ts";
import type { Preset } from "./preset.ts";

/** Any provider of plain OAuth 2.0: no ID token. What its profile looks like is said by the configuration. @see RFC 6749 */
export const oauth2Preset: Preset = {
  ...oidcPreset,
  name: "oauth2",
  scope: "",
  scopes: "any",
  profileClaims: {},
  hasNonce: false,
  // Consent and its words are OpenID Connect's.
  asksConsent: "never",
  refreshBehaviour: {
    ...oidcPreset.refreshBehaviour,
    missingRefreshTokenAdvice:
      "Look in the provider's documentation for what makes it give a refresh token: a scope, a parameter (OAUTH_AUTHORIZATION_PARAMETERS) or a switch of this client. " +
      "Where its access tokens don't expire, set OAUTH_ACCESS_TOKEN_SECONDS=none, and nothing is missing.",
  },
  configProblems({ profileClaims }) {
    if (profileClaims?.["sub"] !== undefined) return [];
    const fix =
      "say where the profile names the person for good: sub=id, or sub=data.id; not a name or an address that people change.";
    return [{ field: "profileClaims", fix }];
  },
};
