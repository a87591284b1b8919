import { oidcPreset } from "./oidc.ts";
import type { Preset } from "./preset.ts";

const LINKEDIN_ISSUER = "https://www.linkedin.com/oauth";

/**
 * Sign In with LinkedIn using OpenID Connect. By LinkedIn's documentation and what others report, not tried against it.
 *
 * Its ID tokens have no nonce, and a client with a secret that sends a code verifier is refused.
 *
 * @see https://learn.microsoft.com/en-us/linkedin/consumer/integrations/self-serve/sign-in-with-linkedin-v2
 */
export const linkedinPreset: Preset = {
  ...oidcPreset,
  name: "linkedin",
  issuer: LINKEDIN_ISSUER,
  clientAuth: "client_secret_post",
  hasNonce: false,
  pkce: "never",
  asksConsent: "never",
  refreshBehaviour: {
    ...oidcPreset.refreshBehaviour,
    missingRefreshTokenAdvice:
      "LinkedIn gives refresh tokens to approved partners alone; its access tokens live for 60 days.",
  },
  configProblems: ({ issuer = LINKEDIN_ISSUER, scope = "", resources, dangerouslyAllowHttp }) => [
    ...(issuer === LINKEDIN_ISSUER || dangerouslyAllowHttp === "loopback"
      ? []
      : [{ field: "issuer", fix: `remove it: LinkedIn's issuer is ${LINKEDIN_ISSUER}.` }]),
    ...(scope.split(" ").includes("offline_access")
      ? [{ field: "scope", fix: "remove offline_access: LinkedIn doesn't know it." }]
      : []),
    ...(resources.length === 0
      ? []
      : [{ field: "resources", fix: "leave the list empty: LinkedIn knows no resource indicators." }]),
  ],
};
