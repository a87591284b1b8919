import {
  AUTHORIZATION_DETAILS_FIX,
  CLIENT_AUTH_METHODS,
  CLIENT_KEYS_FIX,
  PKCE_METHODS,
  PRESETS,
  PUSHED_REQUESTS,
  TOKEN_BINDINGS,
} from "@coatcheck/oauth";
import type { Group } from "./setting.ts";

const URL_FIX = "write an absolute https URL";
const OFF = { kind: "flag", default: false } as const;
const DEADLINE = { kind: "number", min: 1, max: 120_000 } as const;
const LIST = { kind: "list", default: [] } as const;
const ENDPOINT = { kind: "text", fix: URL_FIX, isOptional: true } as const;

/** What the BFF is told of the authorization server, and of itself as its client. */
export const PROVIDER = {
  label: {
    kind: "text",
    meaning: "What people read where they choose among several providers; not set: the issuer's host",
    fix: "write a short text",
    like: /^\P{Cc}{1,80}$/u,
    isOptional: true,
  },
  preset: {
    kind: "choice",
    choices: PRESETS,
    default: "oidc",
    meaning: "What is known of the provider; `oauth2` and `github` are plain OAuth 2.0, without ID tokens",
  },
  issuer: {
    kind: "text",
    meaning:
      "Issuer of the provider, exactly as its metadata says it, or `iss` in its answers; not set: the preset's",
    // What people copy first, since it is what a browser can open.
    like: /^(?!.*\/\.well-known\/(?:openid-configuration|oauth-authorization-server)$)/u,
    fix: "write what stands before /.well-known/",
    isOptional: true,
  },
  clientId: {
    kind: "text",
    meaning: "Client id that the provider gave to this application",
    fix: "write the id that the provider's console shows",
  },
  clientSecret: {
    kind: "secret",
    meaning: "Client secret that the provider gave to this application; needed by the methods that use one",
    fix: "write the secret that the provider gave to this application; a public client isn't offered",
    isOptional: true,
  },
  clientKeys: {
    kind: "secret",
    meaning:
      "Private keys of this application (JWK Set; in a file also PEM) for `private_key_jwt`: PS256, ES256, EdDSA; the first signs, `/bff/jwks.json` publishes all",
    fix: CLIENT_KEYS_FIX,
    isOptional: true,
  },
  clientCertificate: {
    kind: "secret",
    meaning:
      "Certificate of this application (PEM; those that lead to its authority after it) for `tls_client_auth`, `self_signed_tls_client_auth` and tokens that are bound to it; on Node alone",
    fix: "write a certificate in PEM",
    isOptional: true,
  },
  clientCertificateKey: {
    kind: "secret",
    meaning: "Private key of that certificate (PEM, without a passphrase)",
    fix: "write a private key in PEM, without a passphrase",
    isOptional: true,
  },
  clientAuth: {
    kind: "choice",
    meaning:
      "How this application proves who it is; not set: `private_key_jwt` where there are keys and no secret, else as the preset does",
    choices: CLIENT_AUTH_METHODS,
    isOptional: true,
  },
  scope: {
    kind: "text",
    meaning:
      "Scopes to ask for, with one space between them; openid is among them, but for plain OAuth; not set: `openid profile email`, or as the preset does",
    fix: "write scopes with one space between them: openid profile email",
    mayBeEmpty: true,
    isOptional: true,
  },
  prompt: {
    kind: "text",
    meaning:
      "`prompt` of every sign-in, such as select_account; empty: none is sent; not set: as the preset does",
    fix: "write words like consent or select_account with one space between them, or nothing at all",
    mayBeEmpty: true,
    isOptional: true,
  },
  authorizationParameters: {
    kind: "pairs",
    meaning: "Further parameters of every sign-in, such as audience=https://api.example",
    fix: "write names and texts: audience=https://api.example&organization=org_1",
    isOptional: true,
  },
  loginParameters: {
    ...LIST,
    meaning:
      "Further parameters that a sign-in link may hand to the provider, beside login_hint, ui_locales, audience, organization, screen_hint, domain_hint, kc_idp_hint",
    fix: "list names of parameters",
  },
  pushedRequests: {
    kind: "choice",
    meaning:
      "Sign-in requests are handed to the provider directly (RFC 9126): wherever it offers that, there or not at all, or only where it insists; not set: `offered`, or as `security` wants it",
    choices: PUSHED_REQUESTS,
    isOptional: true,
  },
  dpop: {
    kind: "choice",
    meaning:
      "Tokens are bound to a key of their session (RFC 9449), so that nobody else can use them: where the provider offers it, or so that a sign-in without it fails; not set: `never`, or as `security` wants it",
    choices: TOKEN_BINDINGS,
    isOptional: true,
  },
  certificateBoundTokens: {
    kind: "flag",
    meaning:
      "Tokens are bound to the application's certificate (RFC 8705), which APIs then see on the connection; not together with DPoP",
    isOptional: true,
  },
  signedRequests: {
    kind: "flag",
    meaning:
      "Sign-in requests are signed with the first of the application's keys (RFC 9101); not set: as `security` wants it",
    isOptional: true,
  },
  signedResponses: {
    kind: "flag",
    meaning: "What comes back from a sign-in must be signed (JARM); not set: as `security` wants it",
    isOptional: true,
  },
  authorizationDetails: {
    kind: "text",
    meaning: "What a sign-in asks for in detail (RFC 9396), as JSON",
    fix: AUTHORIZATION_DETAILS_FIX,
    isOptional: true,
  },
  endpoints: {
    pushedRequests: {
      ...ENDPOINT,
      meaning: "For providers without discovery: where sign-in requests are pushed",
    },
    authorization: { ...ENDPOINT, meaning: "For providers without discovery: where people sign in" },
    token: { ...ENDPOINT, meaning: "For providers without discovery: where codes become tokens" },
    jwks: { ...ENDPOINT, meaning: "For providers without discovery: the keys that sign ID tokens" },
    refresh: { ...ENDPOINT, meaning: "Where tokens are refreshed, if not at the token endpoint" },
    userinfo: {
      ...ENDPOINT,
      meaning: "For providers without discovery: the person's claims; for plain OAuth: the person's profile",
    },
    emails: {
      ...ENDPOINT,
      meaning:
        "For plain OAuth: the list of the person's addresses, of which the verified primary one is `email`",
    },
    introspection: { ...ENDPOINT, meaning: "For providers without discovery: facts about a token" },
    tokeninfo: { ...ENDPOINT, meaning: "Google's way to ask for facts about a token; the preset knows it" },
    revocation: { ...ENDPOINT, meaning: "For providers without discovery: where a token is revoked" },
    endSession: { ...ENDPOINT, meaning: "For providers without discovery: signing out at the provider" },
  },
  endSessionParameters: {
    kind: "pairs",
    meaning:
      "Parameters of signing out at the provider, beside or instead of the standard ones, such as logout_uri={post_logout_redirect_uri}",
    fix: "write names and texts: logout_uri={post_logout_redirect_uri}&state=",
    isOptional: true,
  },
  discovery: {
    kind: "flag",
    meaning:
      "Metadata is fetched from the issuer; not set: unless authorization, token or jwks is given, or the preset knows of none",
    isOptional: true,
  },
  requestTimeoutMs: { ...DEADLINE, default: 5_000, meaning: "Deadline of a call to the provider" },
  tokenTimeoutMs: { ...DEADLINE, default: 30_000, meaning: "Deadline of a token call" },
  clockToleranceSeconds: {
    kind: "number",
    min: 0,
    max: 60,
    default: 30,
    meaning: "How far the provider's clock may differ",
  },
  idTokenAlgorithms: {
    kind: "list",
    meaning:
      "Algorithms with which the provider may sign ID tokens, logout tokens and answers; not set: RS256, or as `security` wants it",
    fix: "list JWS algorithms with public keys: RS256",
    isOptional: true,
  },
  trustedAudiences: {
    ...LIST,
    meaning: "Audiences that may stand beside the client id in an ID token",
    fix: "list audiences",
  },
  logoutTokenStrict: {
    ...OFF,
    meaning:
      "Back-channel logout tokens must say `typ: logout+jwt` and `exp`, which many providers leave out",
  },
  userinfoAtSignIn: {
    kind: "choice",
    meaning:
      "UserInfo is asked once at sign-in; when-needed: where the ID token has no name; not set: as the preset does",
    choices: ["when-needed", "always", "never"],
    isOptional: true,
  },
  profileClaims: {
    kind: "pairs",
    meaning:
      "For plain OAuth: where the profile has each claim, such as sub=id&name=name|login&picture=avatar.url; not set: as the preset does",
    fix: "write claims and members of the profile: sub=id&name=name|login&picture=avatar.url",
    isOptional: true,
  },
  pkce: {
    kind: "choice",
    meaning:
      "Codes are bound to their sign-in by PKCE (RFC 7636); `never`: for a plain OAuth provider that refuses its parameters; not set: S256",
    choices: PKCE_METHODS,
    isOptional: true,
  },
  accessTokenSeconds: {
    kind: "number",
    min: 1,
    max: 31_622_400,
    or: "none",
    meaning:
      "How long an access token lives where the provider doesn't say; none: it doesn't expire; not set: 300, or as the preset does",
    isOptional: true,
  },
  allowedTenants: {
    ...LIST,
    meaning: "For Entra's issuers common and organizations: ids of the tenants whose people may sign in",
    fix: "list ids of tenants: 8eaef023-2b34-4da1-9baa-8bc8c9d6a490",
  },
  apple: {
    teamId: {
      kind: "text",
      meaning: "For Apple: Team ID of the developer account that the key belongs to",
      fix: "write ten letters and digits",
      isOptional: true,
    },
    keyId: {
      kind: "text",
      meaning: "For Apple: Key ID of the key, as in AuthKey_ABC123DEFG.p8",
      fix: "write ten letters and digits",
      isOptional: true,
    },
  },
  reuseGraceSeconds: {
    kind: "number",
    min: 0,
    max: 3_600,
    meaning:
      "For how long the provider takes a spent refresh token once more, so that an answer that was lost can be asked for again; not set: as the preset does, else 0",
    isOptional: true,
  },
  extraResources: {
    ...LIST,
    meaning: "More resource indicators (RFC 8707) than the routes name",
    fix: "list resource indicators",
  },
} as const satisfies Group;
