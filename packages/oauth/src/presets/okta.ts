import { issuerProblem } from "./issuer-form.ts";
import { oidcPreset } from "./oidc.ts";
import type { Preset } from "./preset.ts";

/**
 * Okta, its org's own authorization server or a custom one. By Okta's documentation, not tried against it.
 *
 * A rotated refresh token works for 30 seconds more, unless the application's settings say otherwise.
 *
 * @see https://developer.okta.com/docs/guides/refresh-tokens/main/
 */
export const oktaPreset: Preset = {
  ...oidcPreset,
  name: "okta",
  scope: "openid profile email offline_access",
  asksConsent: "never",
  refreshBehaviour: {
    ...oidcPreset.refreshBehaviour,
    reuseGraceSeconds: 30,
    missingRefreshTokenAdvice:
      "Add offline_access to OAUTH_SCOPE, switch the Refresh Token grant on for the app integration, and allow the scope in the access policy of a custom authorization server.",
  },
  configProblems: (config) =>
    issuerProblem(
      config,
      /^(?:\/oauth2\/\w+)?$/,
      "https://<org>.okta.com/oauth2/<authorization server>, such as /oauth2/default, or https://<org>.okta.com, without a slash at the end",
    ),
};
