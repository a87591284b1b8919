import { authorizationParameterProblems } from "./authorization-parameters.ts";
import { AUTHORIZATION_DETAILS_FIX, parseAuthorizationDetails } from "./authorization-details.ts";
import { profileDefaults, profileProblems } from "./security-profile.ts";
import type { SecurityProfile } from "./security-profile.ts";
import { CLIENT_KEYS_FIX, parseClientKeys } from "../client-auth/client-keys.ts";
import type { ClientPrivateKey } from "../client-auth/client-keys.ts";
import { certificateProblems, isTlsMethod } from "../client-auth/client-certificate.ts";
import type { ClientCertificate } from "../client-auth/client-certificate.ts";
import { endSessionParameterProblems } from "./end-session-parameters.ts";
import { parseEndpointUrl, reservedParameterIn } from "./endpoint-url.ts";
import { OAuthError } from "../oauth-error.ts";
import { findPreset } from "../presets/find-preset.ts";
import type { PresetName } from "../presets/find-preset.ts";
import { otherPresetsProblems, ownPresetProblems } from "../presets/preset-problems.ts";
import type { Preset, UserinfoAtSignIn } from "../presets/preset.ts";
import { plainOAuthProblems } from "../presets/plain-oauth.ts";
import { promptProblems, resourceProblems, scopeProblems } from "./request-values.ts";
import { CLIENT_AUTH_METHODS } from "./provider-endpoints.ts";
import type { ClientAuthMethod, ProviderEndpoints } from "./provider-endpoints.ts";

export interface ProviderConfig {
  /**
   * `oidc` is for any OpenID provider (Entra and Cognito it knows by their issuers), `oauth2` for any of plain OAuth 2.0, as `github`
   * is: no ID token, and the person is read off a profile. The others know what is particular about theirs.
   */
  readonly preset: PresetName;
  /**
   * Exactly as the provider's metadata spells it; where it has none, as `iss` in its answers does, else the address of its sign-in.
   * Default: the preset's.
   */
  readonly issuer?: string;
  readonly clientId: string;
  /** Needed by the methods that use one. */
  readonly clientSecret?: string;
  /**
   * Private JWK Set in JSON, for `private_key_jwt`: PS256 (RSA of 2,048 bits or more), ES256, EdDSA (Ed25519). The first key
   * signs, all are published. A new key comes second, then first, so that the provider knows it before it signs.
   */
  readonly clientKeys?: string;
  /**
   * Certificate in PEM, and after it those that lead to its authority: for `tls_client_auth`, `self_signed_tls_client_auth` and
   * `certificateBoundTokens`. Node only.
   */
  readonly clientCertificate?: string;
  /** Its private key in PEM, without a passphrase. */
  readonly clientCertificateKey?: string;
  /** Default: `private_key_jwt` where there are keys and no secret; else the preset's (basic or post). */
  readonly clientAuth?: ClientAuthMethod;
  /** Space separated; asked at sign-in exactly so. Must hold `openid`, but for plain OAuth. Default: the preset's. */
  readonly scope?: string;
  /**
   * `prompt` of every sign-in, space separated; `""`: none is sent. What one sign-in asks for itself (`login`,
   * `select_account`) takes its place, beside `consent`.
   *
   * Default: `consent` at Google, and where `offline_access` is asked for (not at Entra and Cognito); else none.
   *
   * @see OpenID Connect Core sections 3.1.2.1 and 11
   */
  readonly prompt?: string;
  /** Further parameters of every sign-in, by name: `{ audience: "https://api.example" }`. Default: none. */
  readonly authorizationParameters?: Readonly<Record<string, string>>;
  /**
   * Whether the authorization request is handed to the provider directly (RFC 9126): `offered` (default) wherever its metadata
   * names an endpoint for it, `required` there or not at all, `never` unless the provider requires it.
   */
  readonly pushedRequests?: (typeof PUSHED_REQUESTS)[number];
  /**
   * Whether tokens are bound to a key of their session (DPoP, RFC 9449), so that nobody can use them without it: `never`
   * (default), `offered` where the provider's metadata says that it can, `required` so that a sign-in without it fails.
   */
  readonly dpop?: (typeof TOKEN_BINDINGS)[number];
  /**
   * Tokens are bound to `clientCertificate` (RFC 8705 section 3), which APIs must see on the connection. Default `false`. Not
   * together with `dpop`.
   */
  readonly certificateBoundTokens?: boolean;
  /** The authorization request is signed with the first of `clientKeys` (RFC 9101). Default `false`. */
  readonly signedRequests?: boolean;
  /** The provider's answer at the callback must be signed (JARM). Default `false`. */
  readonly signedResponses?: boolean;
  /** What a sign-in asks for in detail (RFC 9396), as JSON: `[{"type":"payment_initiation"}]`. */
  readonly authorizationDetails?: string;
  /**
   * `fapi2` (the FAPI 2.0 Security Profile) turns on what it requires and refuses what it forbids: a client with keys,
   * pushed requests, bound tokens, strong signatures, `iss` in each answer. `fapi2-message-signing` signs requests and answers, too.
   */
  readonly security?: SecurityProfile;
  /** Resource indicators sent at sign-in, without `""`. @see RFC 8707 */
  readonly resources: readonly string[];
  readonly redirectUri: string;
  readonly postLogoutRedirectUri: string;
  readonly endpoints?: ProviderEndpoints;
  /**
   * Parameters of signing out at the provider, beside or instead of the standard ones: `{ logout_uri:
   * "{post_logout_redirect_uri}" }`. Known in braces: `client_id`, `post_logout_redirect_uri`, `state`, `id_token_hint`.
   * `""` leaves a parameter out.
   */
  readonly endSessionParameters?: Readonly<Record<string, string>>;
  /**
   * Whether metadata is fetched; `false` needs `authorization`, `token` and `jwks` (plain OAuth: `userinfo`) among the endpoints.
   * Default: unless one of the three is given, or the preset knows that there is none.
   */
  readonly discovery?: boolean;
  /** Danger: codes and tokens travel unencrypted. Loopback hosts only, for development and tests. */
  readonly dangerouslyAllowHttp?: "loopback";
  /** From the call to the last byte of the answer. */
  readonly requestTimeoutMs: number;
  /** The same for the token endpoint. */
  readonly tokenTimeoutMs: number;
  /** How far the provider's clock may differ; more than a minute lets tokens live for too long. */
  readonly clockToleranceSeconds: number;
  /** JWS algorithms accepted for ID tokens, logout tokens, signed answers and UserInfo; never `none` or `HS*`. Default `RS256`. */
  readonly idTokenAlgorithms?: readonly string[];
  /** Audiences that may stand beside `clientId` in an ID token (S-042). */
  readonly trustedAudiences: readonly string[];
  /** Back-channel logout tokens must say `typ: logout+jwt` and `exp`, though many providers send neither (S-101). */
  readonly logoutTokenStrict: boolean;
  /** Asks UserInfo once at sign-in. `when-needed` (default, unless the preset says otherwise): the ID token has no `name`. */
  readonly userinfoAtSignIn?: UserinfoAtSignIn;
  /**
   * Plain OAuth: by claim where it stands in the profile, `{ sub: "id", name: "name|login", picture: "avatar.url" }`; `|` parts places
   * of which the first that says something counts. Default: the preset's.
   */
  readonly profileClaims?: Readonly<Record<string, string>>;
  /**
   * Whether the code is bound to this sign-in by PKCE (RFC 7636). `never`: for plain OAuth whose provider refuses the parameters.
   * Default `S256`.
   */
  readonly pkce?: (typeof PKCE_METHODS)[number];
  /** How long an access token lives where the provider doesn't say, in seconds; `none`: it doesn't expire. Default: the preset's. */
  readonly accessTokenSeconds?: number | "none";
  /** Entra's `common` and `organizations`: ids of the tenants whose people may sign in. Others' may not. */
  readonly allowedTenants?: readonly string[];
  /** Apple: whose key `clientKeys` is, and its id. */
  readonly apple?: { readonly teamId?: string; readonly keyId?: string };
  /** For how long the provider takes a spent refresh token once more, in seconds. Default: the preset's (0: not at all). */
  readonly reuseGraceSeconds?: number;
}

/** A checked configuration, frozen, with what the preset knows filled in. */
export interface ProviderSettings extends Omit<
  ProviderConfig,
  | "preset"
  | "dangerouslyAllowHttp"
  | "clientKeys"
  | "clientCertificate"
  | "clientCertificateKey"
  | "accessTokenSeconds"
> {
  readonly preset: Preset;
  readonly issuer: string;
  readonly scope: string;
  readonly discovery: boolean;
  /** Present: plain OAuth. */
  readonly profileClaims?: Readonly<Record<string, string>>;
  readonly pkce: (typeof PKCE_METHODS)[number];
  /** What the metadata calls itself; another name than `issuer` where that stands for many tenants. */
  readonly metadataIssuer: string;
  /** What tokens may name as theirs. */
  readonly tokenIssuers: readonly string[];
  readonly accessTokenSeconds: number | "never";
  readonly reuseGraceSeconds: number;
  readonly clientAuth: ClientAuthMethod;
  readonly clientKeys: readonly ClientPrivateKey[];
  /** Present where one is used. */
  readonly certificate: ClientCertificate | undefined;
  readonly certificateBoundTokens: boolean;
  readonly endpoints: ProviderEndpoints;
  readonly authorizationParameters: Readonly<Record<string, string>>;
  readonly endSessionParameters: Readonly<Record<string, string>>;
  readonly userinfoAtSignIn: UserinfoAtSignIn;
  readonly pushedRequests: (typeof PUSHED_REQUESTS)[number];
  readonly dpop: (typeof TOKEN_BINDINGS)[number];
  readonly signedRequests: boolean;
  readonly signedResponses: boolean;
  readonly security: SecurityProfile;
  readonly idTokenAlgorithms: readonly string[];
  readonly allowLoopbackHttp: boolean;
}

/** A setting that can't be used, and what to write instead. Never a secret. */
export interface ProviderConfigProblem {
  readonly field: string;
  readonly fix: string;
}

type Problems = readonly ProviderConfigProblem[];

const METADATA_ENDPOINTS = ["authorization", "token", "jwks"] as const;

/** Without metadata. */
function neededEndpoints({
  profileClaims,
}: Pick<ProviderSettings, "profileClaims">): readonly (keyof ProviderEndpoints)[] {
  return ["authorization", "token", profileClaims === undefined ? "jwks" : "userinfo"];
}

export const PKCE_METHODS = ["S256", "never"] as const;

export const PUSHED_REQUESTS = ["offered", "required", "never"] as const;

export const TOKEN_BINDINGS = ["never", "offered", "required"] as const;

/** Every algorithm with which a provider may sign: public keys only (S-040). */
export const SIGNATURE_ALGORITHMS = [
  "RS256",
  "PS256",
  "ES256",
  "EdDSA",
  "Ed25519",
  "RS384",
  "PS384",
  "ES384",
  "RS512",
  "PS512",
  "ES512",
] as const;

/**
 * Checks what the settings mean; pure. That numbers and choices are within their bounds is up to who configures.
 *
 * @throws {OAuthError} `config_invalid`, naming every problem and its fix; a secret is never repeated.
 */
export function parseProviderConfig(config: ProviderConfig): ProviderSettings {
  const preset = findPreset(config);
  const {
    preset: _name,
    dangerouslyAllowHttp,
    clientCertificate: cert,
    clientCertificateKey: key,
    profileClaims,
    ...given
  } = config;
  const { keys, problems: keyProblems } =
    config.clientKeys === undefined ? { keys: [], problems: [] } : parseClientKeys(config.clientKeys);
  const defaults = profileDefaults(config);
  const hasKeysAlone = config.clientKeys !== undefined && config.clientSecret === undefined;
  const issuer = config.issuer ?? preset.issuer ?? "";
  const { accessTokenSeconds } = config;
  const tenants = preset.manyTenants?.(issuer);
  const settings: ProviderSettings = Object.freeze({
    ...given,
    preset,
    issuer,
    scope: config.scope ?? preset.scope,
    clientAuth:
      config.clientAuth ?? (hasKeysAlone && !preset.signsSecret ? "private_key_jwt" : preset.clientAuth),
    clientKeys: keys,
    certificate: cert === undefined || key === undefined ? undefined : { cert, key },
    certificateBoundTokens: config.certificateBoundTokens ?? false,
    endpoints: { ...preset.endpoints({ issuer, clientId: config.clientId }), ...config.endpoints },
    discovery:
      config.discovery ??
      // Whoever writes one of them has no discovery, and needs them all.
      (preset.hasMetadata && METADATA_ENDPOINTS.every((name) => config.endpoints?.[name] === undefined)),
    ...(preset.profileClaims === undefined
      ? {}
      : { profileClaims: { ...preset.profileClaims, ...profileClaims } }),
    pkce: config.pkce ?? preset.pkce,
    metadataIssuer: tenants?.metadataIssuer ?? issuer,
    tokenIssuers: tenants === undefined ? [issuer] : (config.allowedTenants ?? []).map(tenants.issuerOf),
    accessTokenSeconds:
      accessTokenSeconds === "none" ? "never" : (accessTokenSeconds ?? preset.accessTokenSeconds),
    reuseGraceSeconds: config.reuseGraceSeconds ?? preset.refreshBehaviour.reuseGraceSeconds,
    authorizationParameters: config.authorizationParameters ?? {},
    endSessionParameters: config.endSessionParameters ?? {},
    userinfoAtSignIn: config.userinfoAtSignIn ?? preset.userinfoAtSignIn ?? "when-needed",
    pushedRequests: config.pushedRequests ?? defaults.pushedRequests ?? "offered",
    dpop: config.dpop ?? defaults.dpop ?? "never",
    signedRequests: config.signedRequests ?? defaults.signedRequests ?? false,
    signedResponses: config.signedResponses ?? defaults.signedResponses ?? false,
    security: config.security ?? "standard",
    idTokenAlgorithms: config.idTokenAlgorithms ?? defaults.idTokenAlgorithms ?? ["RS256"],
    allowLoopbackHttp: dangerouslyAllowHttp === "loopback",
  });
  const problems = [
    ...issuerProblems(settings),
    ...clientProblems(settings),
    ...keyProblems.map((fix) => ({ field: "clientKeys", fix })),
    ...(config.clientKeys === undefined && settings.clientAuth === "private_key_jwt"
      ? [{ field: "clientKeys", fix: `${CLIENT_KEYS_FIX}.` }]
      : []),
    ...scopeProblems(settings.scope, preset.scopes),
    ...plainOAuthProblems(config, settings),
    ...otherPresetsProblems(config, preset),
    ...promptProblems(settings.prompt),
    ...resourceProblems(settings.resources),
    ...authorizationParameterProblems(
      "authorizationParameters",
      Object.keys(settings.authorizationParameters),
    ),
    ...endSessionParameterProblems(settings.endSessionParameters),
    ...redirectProblems(settings),
    ...endpointProblems(settings),
    ...(settings.pushedRequests === "required" &&
    !settings.discovery &&
    settings.endpoints.pushedRequests === undefined
      ? [{ field: "endpoints.pushedRequests", fix: "set it, or leave discovery on: pushing is required." }]
      : []),
    ...algorithmProblems(settings.idTokenAlgorithms),
    ...(settings.signedRequests &&
    config.clientKeys === undefined &&
    settings.clientAuth !== "private_key_jwt"
      ? [{ field: "clientKeys", fix: `${CLIENT_KEYS_FIX}; requests are to be signed with them.` }]
      : []),
    ...(config.authorizationDetails !== undefined &&
    parseAuthorizationDetails(config.authorizationDetails) === undefined
      ? [{ field: "authorizationDetails", fix: `${AUTHORIZATION_DETAILS_FIX}.` }]
      : []),
    ...certificateProblems({ ...config, clientAuth: settings.clientAuth, dpop: settings.dpop }),
    ...profileProblems({ ...settings, preset: config.preset }),
  ];
  if (problems.length === 0) problems.push(...ownPresetProblems(config, preset));
  if (problems.length === 0) return settings;
  const lines = problems.map(({ field, fix }) => `\n- ${field}: ${fix}`);
  const message = `The provider's configuration is invalid:${lines.join("")}`;
  throw new OAuthError("config_invalid", message, { problems });
}

/** Checks a URL, and further what only a good one can have wrong with it. */
function urlProblems(
  field: string,
  raw: unknown,
  { allowLoopbackHttp }: ProviderSettings,
  check: (url: URL) => string | undefined = () => undefined,
): Problems {
  const parsed = parseEndpointUrl(raw, allowLoopbackHttp);
  const fix =
    parsed.kind === "url"
      ? check(parsed.url)
      : `${parsed.problem}; use https (http on loopback only, with \`dangerouslyAllowHttp: "loopback"\`).`;
  return fix === undefined ? [] : [{ field, fix }];
}

function issuerProblems(settings: ProviderSettings): Problems {
  if (settings.issuer === "")
    return [{ field: "issuer", fix: "write the issuer, exactly as the provider's metadata says it." }];
  const check = (url: URL) => (url.search === "" ? undefined : "remove the query string.");
  return urlProblems("issuer", settings.issuer, settings, check);
}

/** HS256 takes a key of 256 bits (RFC 7518 section 3.2), and a secret has at most 8 bits a character. */
const MIN_SIGNING_SECRET_LENGTH = 32;

function clientProblems({ clientAuth, clientId, clientSecret, preset }: ProviderSettings): Problems {
  if (!(CLIENT_AUTH_METHODS as readonly unknown[]).includes(clientAuth)) {
    const fix = `use one of ${CLIENT_AUTH_METHODS.join(", ")}; a public client isn't offered.`;
    return [{ field: "clientAuth", fix }];
  }
  const fixes = [
    ["clientId", clientId, "set the client id that the provider's console shows."],
    ...((clientAuth === "private_key_jwt" || isTlsMethod(clientAuth) || preset.signsSecret) &&
    clientSecret === undefined
      ? []
      : [["clientSecret", clientSecret, "set the client secret; a public client isn't offered."] as const]),
  ] as const;
  const problems = fixes.flatMap(([field, value, fix]) => {
    if (typeof value !== "string" || value === "") return [{ field, fix }];
    return value.isWellFormed() ? [] : [{ field, fix: "write it again; it holds half a character." }];
  });
  if (problems.length > 0 || clientAuth !== "client_secret_jwt") return problems;
  if (new TextEncoder().encode(clientSecret).length >= MIN_SIGNING_SECRET_LENGTH) return [];
  const fix = `use one of ${MIN_SIGNING_SECRET_LENGTH} characters or more: client_secret_jwt signs with it, and this one is too weak.`;
  return [{ field: "clientSecret", fix }];
}

function redirectProblems(settings: ProviderSettings): Problems {
  const { redirectUri, postLogoutRedirectUri } = settings;
  const normal = "write it in its normal form without a query string: https://app.example/bff/callback.";
  const check = (url: URL) => (url.search === "" && url.href === redirectUri ? undefined : normal);
  return [
    ...urlProblems("redirectUri", redirectUri, settings, check),
    ...urlProblems("postLogoutRedirectUri", postLogoutRedirectUri, settings),
  ];
}

function endpointProblems(settings: ProviderSettings): Problems {
  const { endpoints, discovery } = settings;
  const missing = discovery ? [] : neededEndpoints(settings).filter((name) => endpoints[name] === undefined);
  return [
    ...Object.entries(endpoints).flatMap(([name, raw]) => {
      if (raw === undefined) return [];
      return urlProblems(`endpoints.${name}`, raw, settings, (url) => {
        const reserved = reservedParameterIn(url, name as keyof ProviderEndpoints);
        return reserved && `remove ${reserved} from its query; it is sent by itself.`;
      });
    }),
    ...missing.map((name) => ({ field: `endpoints.${name}`, fix: "set it, or leave discovery on." })),
  ];
}

function algorithmProblems(algorithms: readonly string[]): Problems {
  const areKnown = algorithms.every((name) => (SIGNATURE_ALGORITHMS as readonly string[]).includes(name));
  if (algorithms.length > 0 && areKnown) return [];
  return [{ field: "idTokenAlgorithms", fix: `use some of ${SIGNATURE_ALGORITHMS.join(", ")}.` }];
}
