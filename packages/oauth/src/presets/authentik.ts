import { issuerProblem } from "./issuer-form.ts";
import { oidcPreset } from "./oidc.ts";
import type { Preset } from "./preset.ts";

/** authentik, an application of it. By its documentation, not tried against it. @see https://docs.goauthentik.io/add-secure-apps/providers/oauth2/ */
export const authentikPreset: Preset = {
  ...oidcPreset,
  name: "authentik",
  scope: "openid profile email offline_access",
  refreshBehaviour: {
    ...oidcPreset.refreshBehaviour,
    missingRefreshTokenAdvice:
      "Add offline_access to OAUTH_SCOPE, and the scope mapping offline_access to the provider's settings.",
  },
  configProblems: (config) =>
    issuerProblem(
      config,
      /^(?:\/[\w.-]+)*\/application\/o\/[^/]+\/$/,
      "https://<host>/application/o/<slug>/, with the slash at the end; where the provider's issuer mode is the same for all, use the preset oidc",
    ),
};
