import { issuerProblem } from "./issuer-form.ts";
import { oidcPreset } from "./oidc.ts";
import type { Preset } from "./preset.ts";

/** Keycloak, a realm of it. @see https://www.keycloak.org/docs/latest/server_admin/ */
export const keycloakPreset: Preset = {
  ...oidcPreset,
  name: "keycloak",
  refreshBehaviour: {
    ...oidcPreset.refreshBehaviour,
    missingRefreshTokenAdvice:
      "Switch Use refresh tokens on for the client (Advanced, OpenID Connect Compatibility Modes).",
  },
  configProblems: (config) =>
    issuerProblem(
      config,
      /^(?:\/[\w.-]+)*\/realms\/[^/]+$/,
      "the realm's address, https://<host>/realms/<name>, without a slash at the end",
    ),
};
