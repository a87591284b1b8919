import { readAnswer } from "../token-endpoint/token-response.ts";
import { oauth2Preset } from "./oauth2.ts";
import type { Preset } from "./preset.ts";

/** As GitHub writes it into `iss` where it sends that, and where its sign-in is. */
const GITHUB_ISSUER = "https://github.com/login/oauth";
/** Of a refresh token and of a code that are spent, too old, or never were. */
const TERMINAL_ERRORS: ReadonlySet<unknown> = new Set(["bad_refresh_token", "bad_verification_code"]);

/**
 * GitHub, its Enterprise Server and its hosts under ghe.com, for GitHub Apps and OAuth apps. By GitHub's documentation, not tried
 * against it.
 *
 * A GitHub App's access token lives 8 hours, its refresh token 6 months; each refresh spends both. An OAuth app's token doesn't
 * expire, and it has no refresh token. Refusals come with status 200.
 *
 * @see https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/refreshing-user-access-tokens
 */
export const githubPreset: Preset = {
  ...oauth2Preset,
  name: "github",
  issuer: GITHUB_ISSUER,
  scope: "read:user user:email",
  clientAuth: "client_secret_post",
  hasMetadata: false,
  endpoints({ issuer, clientId }) {
    const api = apiOf(issuer);
    const tokens = `${api}/applications/${encodeURIComponent(clientId)}/token`;
    return {
      authorization: `${issuer}/authorize`,
      token: `${issuer}/access_token`,
      userinfo: `${api}/user`,
      emails: `${api}/user/emails`,
      revocation: tokens,
      tokeninfo: tokens,
    };
  },
  profileClaims: {
    sub: "id",
    name: "name|login",
    preferred_username: "login",
    email: "email",
    picture: "avatar_url",
    profile: "html_url",
  },
  tokenValidation: "json",
  revocation: "json",
  scopeSeparator: ",",
  accessTokenSeconds: "never",
  loginPrompt: "select_account",
  refreshBehaviour: {
    reuseGraceSeconds: 0,
    refreshRevokesAccessToken: true,
    missingRefreshTokenAdvice:
      "An OAuth app's token doesn't expire, and needs none. A GitHub App gives one where User-to-server token expiration is on (Optional features).",
  },
  isTerminal: (_status, body) => TERMINAL_ERRORS.has(readAnswer(body)?.["error"]),
  configProblems(config) {
    const { issuer = GITHUB_ISSUER, resources } = config;
    return [
      ...(issuer.endsWith("/login/oauth")
        ? []
        : [
            {
              field: "issuer",
              fix: "remove it for github.com, else write https://<host>/login/oauth: that is where GitHub's sign-in is.",
            },
          ]),
      ...(resources.length === 0
        ? []
        : [
            {
              field: "resources",
              fix: "leave the list empty: GitHub knows no resource indicators, and one token is for all of its API.",
            },
          ]),
    ];
  },
};

/** @see https://docs.github.com/en/rest/using-the-rest-api/getting-started-with-the-rest-api */
function apiOf(issuer: string): string {
  const { protocol, host, hostname } = URL.parse(issuer) ?? new URL(GITHUB_ISSUER);
  const isHosted = hostname === "github.com" || hostname.endsWith(".ghe.com");
  return isHosted ? `${protocol}//api.${host}` : `${protocol}//${host}/api/v3`;
}
