/** How one provider behaves by its published documentation, as far as it isn't what every OpenID provider does. */
export interface ProviderShape {
  /** Where it was read. */
  readonly documentation: string;
  readonly issuer: string;
  /** What its metadata calls itself, if not so. */
  readonly metadataIssuer?: string;
  /** What its ID tokens name, if not the issuer. */
  readonly tokenIssuer?: string;
  readonly endpoints: {
    readonly authorization: string;
    readonly token: string;
    readonly jwks: string;
    readonly userinfo?: string;
    readonly revocation?: string;
    readonly endSession?: string;
    /** Tells of an access token without asking who asks. */
    readonly tokeninfo?: string;
  };
  /** How the client's secret must come. `signed`: by post, as a text that the client's key signed. */
  readonly secret: "basic" | "post" | "signed";
  /** When a sign-in yields a refresh token. `for-offline-consent`: with `access_type=offline` and `prompt=consent`. */
  readonly refreshToken: "always" | "for-offline-access" | "for-offline-consent" | "never";
  /** A spent refresh token: works on, works for so many seconds more, or ends the grant. */
  readonly spentToken: "stays" | number | "reuse-detected";
  /** Parameters of a sign-in that it refuses. */
  readonly refusedParameters?: readonly string[];
  /** Parameters of a token call that it refuses as a wrong client. */
  readonly refusedAtToken?: readonly string[];
  /** `false`: its ID tokens have none. */
  readonly hasNonce?: false;
  /** Further claims of its ID tokens. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** Further members of its published keys. */
  readonly keyMembers?: Readonly<Record<string, unknown>>;
  /** Its answer to a refresh token that is worth nothing. */
  readonly deadRefreshToken?: Readonly<Record<string, unknown>>;
  /** Its answer to revoking a token that is worth nothing, with 400; nothing: 200, as RFC 7009 has it. */
  readonly deadRevocation?: Readonly<Record<string, unknown>>;
  /** Further parameters of its callback. */
  readonly callback?: Readonly<Record<string, string>>;
}

export const TENANT = "8eaef023-2b34-4da1-9baa-8bc8c9d6a490";
const ENTRA = "https://login.microsoftonline.com";

/** One a provider for which there is a preset, but for GitHub, which has a stand-in of its own. */
export const PROVIDER_SHAPES = {
  entra: {
    documentation: "https://learn.microsoft.com/en-us/entra/identity-platform/v2-protocols-oidc",
    issuer: `${ENTRA}/${TENANT}/v2.0`,
    endpoints: {
      authorization: `${ENTRA}/${TENANT}/oauth2/v2.0/authorize`,
      token: `${ENTRA}/${TENANT}/oauth2/v2.0/token`,
      jwks: `${ENTRA}/${TENANT}/discovery/v2.0/keys`,
      userinfo: "https://graph.microsoft.com/oidc/userinfo",
      endSession: `${ENTRA}/${TENANT}/oauth2/v2.0/logout`,
    },
    secret: "post",
    refreshToken: "for-offline-access",
    spentToken: "stays",
    refusedParameters: ["resource"],
    claims: { tid: TENANT, ver: "2.0" },
    deadRefreshToken: { error: "invalid_grant", error_codes: [700082], suberror: "bad_token" },
  },
  "entra-organizations": {
    documentation:
      "https://learn.microsoft.com/en-us/entra/identity-platform/access-tokens#validate-the-issuer",
    issuer: `${ENTRA}/organizations/v2.0`,
    metadataIssuer: `${ENTRA}/{tenantid}/v2.0`,
    tokenIssuer: `${ENTRA}/${TENANT}/v2.0`,
    endpoints: {
      authorization: `${ENTRA}/organizations/oauth2/v2.0/authorize`,
      token: `${ENTRA}/organizations/oauth2/v2.0/token`,
      jwks: `${ENTRA}/organizations/discovery/v2.0/keys`,
    },
    secret: "post",
    refreshToken: "for-offline-access",
    spentToken: "stays",
    claims: { tid: TENANT, ver: "2.0" },
    keyMembers: { issuer: `${ENTRA}/{tenantid}/v2.0` },
  },
  auth0: {
    documentation: "https://auth0.com/docs/manage-users/organizations/using-tokens",
    issuer: "https://tenant.eu.auth0.com/",
    endpoints: {
      authorization: "https://tenant.eu.auth0.com/authorize",
      token: "https://tenant.eu.auth0.com/oauth/token",
      jwks: "https://tenant.eu.auth0.com/.well-known/jwks.json",
      userinfo: "https://tenant.eu.auth0.com/userinfo",
      revocation: "https://tenant.eu.auth0.com/oauth/revoke",
      endSession: "https://tenant.eu.auth0.com/oidc/logout",
    },
    secret: "basic",
    refreshToken: "for-offline-access",
    spentToken: "reuse-detected",
    claims: { org_id: "org_9ybsU1dN2dKfDkBi" },
  },
  okta: {
    documentation: "https://developer.okta.com/docs/guides/refresh-tokens/main/",
    issuer: "https://org.okta.com/oauth2/default",
    endpoints: {
      authorization: "https://org.okta.com/oauth2/default/v1/authorize",
      token: "https://org.okta.com/oauth2/default/v1/token",
      jwks: "https://org.okta.com/oauth2/default/v1/keys",
      userinfo: "https://org.okta.com/oauth2/default/v1/userinfo",
      revocation: "https://org.okta.com/oauth2/default/v1/revoke",
      endSession: "https://org.okta.com/oauth2/default/v1/logout",
    },
    secret: "basic",
    refreshToken: "for-offline-access",
    spentToken: 30,
    deadRefreshToken: {
      error: "invalid_grant",
      error_description: "The refresh token is invalid or expired.",
    },
  },
  cognito: {
    documentation: "https://docs.aws.amazon.com/cognito/latest/developerguide/revocation-endpoint.html",
    issuer: "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_a1b2c3",
    endpoints: {
      authorization: "https://app.auth.eu-central-1.amazoncognito.com/oauth2/authorize",
      token: "https://app.auth.eu-central-1.amazoncognito.com/oauth2/token",
      jwks: "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_a1b2c3/.well-known/jwks.json",
      userinfo: "https://app.auth.eu-central-1.amazoncognito.com/oauth2/userInfo",
      revocation: "https://app.auth.eu-central-1.amazoncognito.com/oauth2/revoke",
      endSession: "https://app.auth.eu-central-1.amazoncognito.com/logout",
    },
    secret: "basic",
    refreshToken: "always",
    spentToken: "stays",
    claims: { "cognito:username": "ada", token_use: "id" },
  },
  keycloak: {
    documentation: "https://www.keycloak.org/docs/latest/server_admin/",
    issuer: "https://sso.example/realms/main",
    endpoints: {
      authorization: "https://sso.example/realms/main/protocol/openid-connect/auth",
      token: "https://sso.example/realms/main/protocol/openid-connect/token",
      jwks: "https://sso.example/realms/main/protocol/openid-connect/certs",
      userinfo: "https://sso.example/realms/main/protocol/openid-connect/userinfo",
      revocation: "https://sso.example/realms/main/protocol/openid-connect/revoke",
      endSession: "https://sso.example/realms/main/protocol/openid-connect/logout",
    },
    secret: "basic",
    refreshToken: "always",
    spentToken: "reuse-detected",
    deadRefreshToken: { error: "invalid_grant", error_description: "Token is not active" },
  },
  zitadel: {
    documentation: "https://zitadel.com/docs/apis/openidoauth/claims",
    issuer: "https://instance.zitadel.cloud",
    endpoints: {
      authorization: "https://instance.zitadel.cloud/oauth/v2/authorize",
      token: "https://instance.zitadel.cloud/oauth/v2/token",
      jwks: "https://instance.zitadel.cloud/oauth/v2/keys",
      userinfo: "https://instance.zitadel.cloud/oidc/v1/userinfo",
      revocation: "https://instance.zitadel.cloud/oauth/v2/revoke",
      endSession: "https://instance.zitadel.cloud/oidc/v1/end_session",
    },
    secret: "basic",
    refreshToken: "for-offline-access",
    spentToken: "reuse-detected",
    claims: { aud: ["client", "123456789012345678"] },
  },
  authentik: {
    documentation: "https://docs.goauthentik.io/add-secure-apps/providers/oauth2/",
    issuer: "https://sso.example/application/o/app/",
    endpoints: {
      authorization: "https://sso.example/application/o/authorize/",
      token: "https://sso.example/application/o/token/",
      jwks: "https://sso.example/application/o/app/jwks/",
      userinfo: "https://sso.example/application/o/userinfo/",
      revocation: "https://sso.example/application/o/revoke/",
      endSession: "https://sso.example/application/o/app/end-session/",
    },
    secret: "basic",
    refreshToken: "for-offline-access",
    spentToken: "reuse-detected",
  },
  linkedin: {
    documentation:
      "https://learn.microsoft.com/en-us/linkedin/consumer/integrations/self-serve/sign-in-with-linkedin-v2",
    issuer: "https://www.linkedin.com/oauth",
    endpoints: {
      authorization: "https://www.linkedin.com/oauth/v2/authorization",
      token: "https://www.linkedin.com/oauth/v2/accessToken",
      jwks: "https://www.linkedin.com/oauth/openid/jwks",
      userinfo: "https://api.linkedin.com/v2/userinfo",
    },
    secret: "post",
    refreshToken: "never",
    spentToken: "stays",
    refusedAtToken: ["code_verifier"],
    hasNonce: false,
  },
  apple: {
    documentation: "https://developer.apple.com/documentation/signinwithapplerestapi",
    issuer: "https://appleid.apple.com",
    endpoints: {
      authorization: "https://appleid.apple.com/auth/authorize",
      token: "https://appleid.apple.com/auth/token",
      jwks: "https://appleid.apple.com/auth/keys",
      revocation: "https://appleid.apple.com/auth/revoke",
    },
    secret: "signed",
    refreshToken: "always",
    spentToken: "stays",
    refusedParameters: ["scope", "prompt"],
    claims: { nonce_supported: true },
  },
  google: {
    documentation: "https://developers.google.com/identity/protocols/oauth2/web-server",
    issuer: "https://accounts.google.com",
    endpoints: {
      authorization: "https://accounts.google.com/o/oauth2/v2/auth",
      token: "https://oauth2.googleapis.com/token",
      jwks: "https://www.googleapis.com/oauth2/v3/certs",
      userinfo: "https://openidconnect.googleapis.com/v1/userinfo",
      revocation: "https://oauth2.googleapis.com/revoke",
      tokeninfo: "https://oauth2.googleapis.com/tokeninfo",
    },
    secret: "post",
    refreshToken: "for-offline-consent",
    spentToken: "stays",
    claims: { azp: "client" },
    deadRefreshToken: {
      error: "invalid_grant",
      error_description: "Token has been expired or revoked.",
    },
    deadRevocation: { error: "invalid_token", error_description: "Token expired or revoked" },
    callback: { scope: "openid", authuser: "0", prompt: "consent" },
  },
} as const satisfies Record<string, ProviderShape>;

export type ProviderShapeName = keyof typeof PROVIDER_SHAPES;
