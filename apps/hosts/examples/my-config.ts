import type { BffConfig } from "@coatcheck/bff";

/** What differs between environments. */
export interface MyVariables {
  /** `https://app.example.com`: where browsers see the app. */
  readonly PUBLIC_ORIGIN?: string | undefined;
  /** `npx @coatcheck/server keygen` makes one. */
  readonly COOKIE_KEY?: string | undefined;
  readonly OIDC_ISSUER?: string | undefined;
  readonly OAUTH_CLIENT_SECRET?: string | undefined;
  readonly API_URL?: string | undefined;
  readonly [more: string]: unknown;
}

/** What access tokens for the notes are for. Leave `resource` out where your provider mints one token for everything. */
export const NOTES = "https://notes.example/";

/** The same on every host. */
export function createMyConfig(variables: MyVariables): BffConfig {
  const {
    PUBLIC_ORIGIN = "",
    COOKIE_KEY = "",
    OIDC_ISSUER = "",
    OAUTH_CLIENT_SECRET = "",
    API_URL = "",
  } = variables;
  return {
    publicOrigin: PUBLIC_ORIGIN,
    cookieKeys: [COOKIE_KEY],
    provider: {
      preset: "oidc",
      issuer: OIDC_ISSUER,
      clientId: "my-app",
      clientSecret: OAUTH_CLIENT_SECRET,
      scope: "openid profile email notes:read notes:write",
    },
    routes: [{ prefix: "/api/notes", upstream: API_URL, resource: NOTES }],
    // Development only: plain http on this machine.
    ...(PUBLIC_ORIGIN.startsWith("http://localhost") ? { dangerouslyAllowHttp: "loopback" } : {}),
  };
}
