import { endSessionParameterProblems } from "./end-session-parameters.ts";
import { parseEndpointUrl, reservedParameterIn } from "./endpoint-url.ts";
import { OAuthError } from "../oauth-error.ts";
import { googlePreset } from "../presets/google.ts";
import { cognitoPreset, isCognitoIssuer } from "../presets/cognito.ts";
import { entraPreset, isEntraIssuer } from "../presets/entra.ts";
import { oidcPreset } from "../presets/oidc.ts";
import type { Preset, UserinfoAtSignIn } from "../presets/preset.ts";
import type { ClientAuthMethod, ProviderEndpoints } from "./provider-endpoints.ts";

export interface ProviderConfig {
  /** `oidc` knows Entra and Cognito by their issuers, and minds what is particular about them. */
  readonly preset: "oidc" | "google";
  /** Exactly as the provider's metadata spells it. Default: the preset's. */
  readonly issuer?: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Default: the preset's (`oidc`: basic, `google`: post). */
  readonly clientAuth?: ClientAuthMethod;
  /** Space separated; asked at sign-in exactly so. Must hold `openid`. */
  readonly scope: string;
  /**
   * `prompt` of every sign-in, space separated; `""`: none is sent. What one sign-in asks for itself (`login`,
   * `select_account`) takes its place, beside `consent`.
   *
   * Default: `consent` at Google, and where `offline_access` is asked for (not at Entra and Cognito); else none.
   *
   * @see OpenID Connect Core sections 3.1.2.1 and 11
   */
  readonly prompt?: string;
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
  /** Default `true`; `false` needs `authorization`, `token` and `jwks` among the endpoints. */
  readonly discovery?: boolean;
  /** Danger: codes and tokens travel unencrypted. Loopback hosts only, for development and tests. */
  readonly dangerouslyAllowHttp?: "loopback";
  /** From the call to the last byte of the answer. Default 5,000. */
  readonly requestTimeoutMs?: number;
  /** The same for the token endpoint. Default 30,000. */
  readonly tokenTimeoutMs?: number;
  /** How far the provider's clock may differ. 0 to 60, default 30. */
  readonly clockToleranceSeconds?: number;
  /** JWS algorithms accepted for ID tokens, logout tokens and signed UserInfo; never `none` or `HS*`. Default `["RS256"]`. */
  readonly idTokenAlgorithms?: readonly string[];
  /** Audiences that may stand beside `clientId` in an ID token. Default none (S-042). */
  readonly trustedAudiences?: readonly string[];
  /** Back-channel logout tokens must say `typ: logout+jwt` and `exp`. Default `false`: many providers send neither (S-101). */
  readonly logoutTokenStrict?: boolean;
  /** Asks UserInfo once at sign-in. `when-needed` (default, unless the preset says otherwise): the ID token has no `name`. */
  readonly userinfoAtSignIn?: UserinfoAtSignIn;
}

/** A checked configuration, frozen, with every default filled in. */
export interface ProviderSettings {
  readonly preset: Preset;
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly clientAuth: ClientAuthMethod;
  readonly scope: string;
  /** Absent: as the preset says. */
  readonly prompt?: string;
  readonly resources: readonly string[];
  readonly redirectUri: string;
  readonly postLogoutRedirectUri: string;
  readonly endpoints: ProviderEndpoints;
  readonly endSessionParameters: Readonly<Record<string, string>>;
  readonly discovery: boolean;
  readonly allowLoopbackHttp: boolean;
  readonly requestTimeoutMs: number;
  readonly tokenTimeoutMs: number;
  readonly clockToleranceSeconds: number;
  readonly idTokenAlgorithms: readonly string[];
  readonly trustedAudiences: readonly string[];
  readonly logoutTokenStrict: boolean;
  readonly userinfoAtSignIn: UserinfoAtSignIn;
}

const PRESETS = { oidc: oidcPreset, google: googlePreset } as const;

const USERINFO_AT_SIGN_IN: readonly UserinfoAtSignIn[] = ["when-needed", "always", "never"];

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

/** @throws {OAuthError} `config_invalid`, naming every problem and its fix; a secret is never repeated. */
export function parseProviderConfig(config: ProviderConfig): ProviderSettings {
  const problems: string[] = [];
  const preset = findPreset(config);
  if (preset === undefined) problems.push(`preset: use one of ${Object.keys(PRESETS).join(", ")}.`);

  const allowLoopbackHttp = config.dangerouslyAllowHttp === "loopback";
  const checkUrl = (name: string, raw: unknown): URL | undefined => {
    const parsed = parseEndpointUrl(raw, allowLoopbackHttp);
    if (parsed.kind === "url") return parsed.url;
    problems.push(
      `${name}: ${parsed.problem}; use https (http on loopback only, with dangerouslyAllowHttp: "loopback").`,
    );
    return undefined;
  };

  const issuer = config.issuer ?? preset?.issuer;
  if (checkUrl("issuer", issuer)?.search) problems.push("issuer: remove the query string.");
  if (typeof config.clientId !== "string" || config.clientId === "") {
    problems.push("clientId: set the client id that the provider's console shows.");
  }
  if (typeof config.clientSecret !== "string" || config.clientSecret === "") {
    problems.push("clientSecret: set the client secret; a public client isn't supported.");
  }
  for (const name of ["clientId", "clientSecret"] as const) {
    if (typeof config[name] === "string" && !config[name].isWellFormed()) {
      problems.push(`${name}: write it again; it holds half a character.`);
    }
  }
  const clientAuth = config.clientAuth ?? preset?.clientAuth ?? "client_secret_basic";
  if (clientAuth !== "client_secret_basic" && clientAuth !== "client_secret_post") {
    problems.push("clientAuth: use client_secret_basic or client_secret_post.");
  }
  const endSessionParameters = config.endSessionParameters ?? {};
  problems.push(
    ...scopeProblems(config.scope),
    ...promptProblems(config.prompt),
    ...resourceProblems(config.resources),
    ...endSessionParameterProblems(endSessionParameters),
  );

  const redirectUri = checkUrl("redirectUri", config.redirectUri);
  if (redirectUri !== undefined && (redirectUri.search !== "" || redirectUri.href !== config.redirectUri)) {
    problems.push(
      "redirectUri: write it in its normal form without a query string, for example https://app.example/bff/callback.",
    );
  }
  checkUrl("postLogoutRedirectUri", config.postLogoutRedirectUri);

  const endpoints: ProviderEndpoints = { ...preset?.endpoints, ...config.endpoints };
  for (const [name, raw] of Object.entries(endpoints)) {
    if (raw === undefined) continue;
    const url = checkUrl(`endpoints.${name}`, raw);
    const reserved = url && reservedParameterIn(url, name as keyof ProviderEndpoints);
    if (reserved !== undefined) {
      problems.push(`endpoints.${name}: remove ${reserved} from its query; it is sent by itself.`);
    }
  }
  const discovery = config.discovery ?? true;
  if (!discovery) {
    for (const name of ["authorization", "token", "jwks"] as const) {
      if (endpoints[name] === undefined) problems.push(`endpoints.${name}: set it, or leave discovery on.`);
    }
  }

  const requestTimeoutMs = config.requestTimeoutMs ?? 5_000;
  const tokenTimeoutMs = config.tokenTimeoutMs ?? 30_000;
  const clockToleranceSeconds = config.clockToleranceSeconds ?? 30;
  problems.push(
    ...rangeProblems("requestTimeoutMs", requestTimeoutMs, 1, 120_000),
    ...rangeProblems("tokenTimeoutMs", tokenTimeoutMs, 1, 120_000),
    ...rangeProblems("clockToleranceSeconds", clockToleranceSeconds, 0, 60),
  );
  const idTokenAlgorithms = config.idTokenAlgorithms ?? ["RS256"];
  if (
    idTokenAlgorithms.length === 0 ||
    idTokenAlgorithms.some((algorithm) => !(SIGNATURE_ALGORITHMS as readonly string[]).includes(algorithm))
  ) {
    problems.push(`idTokenAlgorithms: use some of ${SIGNATURE_ALGORITHMS.join(", ")}.`);
  }
  const userinfoAtSignIn = config.userinfoAtSignIn ?? preset?.userinfoAtSignIn ?? "when-needed";
  if (!USERINFO_AT_SIGN_IN.includes(userinfoAtSignIn)) {
    problems.push(`userinfoAtSignIn: use one of ${USERINFO_AT_SIGN_IN.join(", ")}.`);
  }
  if (preset !== undefined && problems.length === 0) problems.push(...preset.configProblems(config));
  if (problems.length > 0 || preset === undefined || issuer === undefined) {
    throw new OAuthError(
      "config_invalid",
      `The provider's configuration is invalid:\n- ${problems.join("\n- ")}`,
      { problems },
    );
  }
  return Object.freeze({
    preset,
    issuer,
    clientId: config.clientId,
    clientSecret: config.clientSecret,
    clientAuth,
    scope: config.scope,
    ...(config.prompt === undefined ? {} : { prompt: config.prompt }),
    resources: Object.freeze([...config.resources]),
    redirectUri: config.redirectUri,
    postLogoutRedirectUri: config.postLogoutRedirectUri,
    endpoints: Object.freeze(endpoints),
    endSessionParameters: Object.freeze({ ...endSessionParameters }),
    discovery,
    allowLoopbackHttp,
    requestTimeoutMs,
    tokenTimeoutMs,
    clockToleranceSeconds,
    idTokenAlgorithms: Object.freeze([...idTokenAlgorithms]),
    trustedAudiences: Object.freeze([...(config.trustedAudiences ?? [])]),
    logoutTokenStrict: config.logoutTokenStrict ?? false,
    userinfoAtSignIn,
  });
}

function findPreset(config: ProviderConfig): Preset | undefined {
  if (!Object.hasOwn(PRESETS, config.preset)) return undefined;
  const issuer = typeof config.issuer === "string" ? URL.parse(config.issuer) : null;
  if (config.preset !== "oidc" || issuer === null) return PRESETS[config.preset];
  if (isEntraIssuer(issuer)) return entraPreset;
  return isCognitoIssuer(issuer) ? cognitoPreset : oidcPreset;
}

function promptProblems(prompt: unknown): readonly string[] {
  if (prompt === undefined || prompt === "") return [];
  if (typeof prompt !== "string" || !/^[a-z_]+(?: [a-z_]+)*$/.test(prompt)) {
    return [
      "prompt: write words like consent or select_account, separated by one space; an empty text sends none.",
    ];
  }
  return prompt.split(" ").includes("none")
    ? ["prompt: remove none; with it nobody could ever sign in."]
    : [];
}

/** RFC 6749 section 3.3: tokens of visible ASCII without `"` and `\`, single spaces between. */
function scopeProblems(scope: unknown): readonly string[] {
  if (
    typeof scope !== "string" ||
    !/^[\x21\x23-\x5b\x5d-\x7e]+(?: [\x21\x23-\x5b\x5d-\x7e]+)*$/.test(scope)
  ) {
    return ["scope: write scopes separated by one space, for example openid profile email."];
  }
  return scope.split(" ").includes("openid") ? [] : ["scope: add openid; without it there is no ID token."];
}

/** RFC 8707 section 2: an absolute URI without a fragment. */
function resourceProblems(resources: unknown): readonly string[] {
  if (!Array.isArray(resources)) return ["resources: give a list, [] for none."];
  const isResource = (resource: unknown): boolean =>
    typeof resource === "string" && URL.canParse(resource) && !resource.includes("#");
  return resources.every(isResource) ? [] : ["resources: write each as an absolute URI without a fragment."];
}

function rangeProblems(name: string, value: unknown, min: number, max: number): readonly string[] {
  const fits = typeof value === "number" && Number.isFinite(value) && value >= min && value <= max;
  return fits ? [] : [`${name}: use a number from ${min} to ${max}.`];
}
