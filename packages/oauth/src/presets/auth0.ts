import { oidcPreset } from "./oidc.ts";
import { issuerProblem } from "./issuer-form.ts";
import type { Preset } from "./preset.ts";

/**
 * Auth0, under its own domain or a custom one. By Auth0's documentation, not tried against it.
 *
 * @see https://auth0.com/docs/manage-users/organizations/using-tokens
 */
export const auth0Preset: Preset = {
  ...oidcPreset,
  name: "auth0",
  scope: "openid profile email offline_access",
  // offline_access needs none here, and would ask each person at each sign-in.
  asksConsent: "never",
  refreshBehaviour: {
    ...oidcPreset.refreshBehaviour,
    missingRefreshTokenAdvice:
      "Add offline_access to OAUTH_SCOPE, switch Allow Offline Access on for the API, and the Refresh Token grant for the application (Advanced Settings).",
  },
  /** Whoever asks for an organization must look whether it came: the parameter stands in the browser's address. */
  isOfOrganization({ org_id: id, org_name: name }, organization) {
    return id === organization || (typeof name === "string" && name === organization.toLowerCase());
  },
  configProblems: (config) =>
    issuerProblem(
      config,
      /^\/$/,
      "https://<tenant>.<region>.auth0.com/ or your custom domain, with the slash at the end",
    ),
};
