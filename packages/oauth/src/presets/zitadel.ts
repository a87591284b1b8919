import { issuerProblem } from "./issuer-form.ts";
import { oidcPreset } from "./oidc.ts";
import type { Preset } from "./preset.ts";

/**
 * ZITADEL, an instance of it. By its documentation, not tried against it.
 *
 * Its ID tokens name the project and the project's other clients as audiences, too: those that may are `trustedAudiences`.
 *
 * @see https://zitadel.com/docs/apis/openidoauth/scopes
 */
export const zitadelPreset: Preset = {
  ...oidcPreset,
  name: "zitadel",
  scope: "openid profile email offline_access",
  refreshBehaviour: {
    ...oidcPreset.refreshBehaviour,
    missingRefreshTokenAdvice:
      "Add offline_access to OAUTH_SCOPE, and switch Refresh Token on in the application's settings.",
  },
  configProblems: (config) => [
    ...issuerProblem(config, /^$/, "the instance's address, https://<instance>, without a slash at the end"),
    ...(config.resources.length === 0
      ? []
      : [
          {
            field: "resources",
            fix: "leave the list empty, and add urn:zitadel:iam:org:project:id:<project id>:aud to the scope: that is how an API's project becomes an audience.",
          },
        ]),
  ],
};
