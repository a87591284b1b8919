import { issuerProblem } from "./issuer-form.ts";
import { oidcPreset } from "./oidc.ts";
import type { Preset } from "./preset.ts";

/**
 * Amazon Cognito user pools; as `oidc`, too, told by their issuer. By Amazon's documentation, not tried against it.
 *
 * @see https://docs.aws.amazon.com/cognito/latest/developerguide/logout-endpoint.html
 */
export const cognitoPreset: Preset = {
  ...oidcPreset,
  name: "cognito",
  // Scopes decide nothing about refresh tokens here.
  asksConsent: "never",
  refreshBehaviour: {
    ...oidcPreset.refreshBehaviour,
    missingRefreshTokenAdvice:
      "Cognito gives one with each code of the authorization code grant: allow that grant for the app client, and its managed login.",
  },
  endSessionParameters: {
    logout_uri: "{post_logout_redirect_uri}",
    // Not Cognito's; without this, the ID token would travel in an address for nothing.
    id_token_hint: "",
    post_logout_redirect_uri: "",
    state: "",
  },
  configProblems: (config) =>
    issuerProblem(
      config,
      /^\/[\w-]+_\w+$/,
      "https://cognito-idp.<region>.amazonaws.com/<user pool id>: the pool's, and not that of its domain",
    ),
};

export function isCognitoIssuer(issuer: URL): boolean {
  return /^cognito-idp\.[\w-]+\.amazonaws\.com(?:\.cn)?$/.test(issuer.hostname);
}
