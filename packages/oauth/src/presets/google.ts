import type { ProviderConfigProblem } from "../setup/provider-config.ts";
import { oidcPreset } from "./oidc.ts";
import type { Preset } from "./preset.ts";

const GOOGLE_ISSUER = "https://accounts.google.com";

/**
 * Google's OpenID provider. Tested against a stand-in that is shaped like Google's documentation, not against Google.
 *
 * Google gives a refresh token only for `access_type=offline`, and again only with `prompt=consent`; it doesn't rotate
 * it. It has no introspection; its tokeninfo endpoint is asked by POST, so that no token is in a URL.
 *
 * @see https://developers.google.com/identity/protocols/oauth2/web-server
 */
export const googlePreset: Preset = {
  ...oidcPreset,
  name: "google",
  issuer: GOOGLE_ISSUER,
  clientAuth: "client_secret_post",
  endpoints: () => ({ tokeninfo: "https://oauth2.googleapis.com/tokeninfo" }),
  tokenValidation: "tokeninfo",
  refreshBehaviour: {
    // It stays the same: nothing is lost by sending it twice.
    reuseGraceSeconds: 3_600,
    refreshRevokesAccessToken: false,
    missingRefreshTokenAdvice:
      "Google gives a refresh token with access_type=offline and prompt=consent only; remove the app's access at " +
      "https://myaccount.google.com/permissions and sign in again.",
  },
  authorizationParameters: { access_type: "offline" },
  asksConsent: "always",
  // Google has no `login`; choosing the account is its nearest.
  loginPrompt: "select_account",
  configProblems(config) {
    const problems: ProviderConfigProblem[] = [];
    const add = (field: string, fix: string) => void problems.push({ field, fix });
    // A stand-in on this machine is fine in development.
    if ((config.issuer ?? GOOGLE_ISSUER) !== GOOGLE_ISSUER && config.dangerouslyAllowHttp !== "loopback") {
      add("issuer", `remove it: Google's issuer is ${GOOGLE_ISSUER}.`);
    }
    if (config.scope?.split(" ").includes("offline_access") === true) {
      add("scope", "remove offline_access: Google doesn't know it (access_type=offline is sent instead).");
    }
    if (config.resources.length > 0) {
      add("resources", "leave the list empty and ask by scope: Google knows no resource indicators.");
    }
    return problems;
  },
};
