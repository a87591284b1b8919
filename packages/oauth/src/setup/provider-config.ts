import { parseEndpointUrl } from "./endpoint-url.ts";
import { OAuthError } from "../oauth-error.ts";
import { googlePreset } from "../presets/google.ts";
import { oidcPreset } from "../presets/oidc.ts";
import type { Preset } from "../presets/preset.ts";
import type { ClientAuthMethod, ProviderEndpoints } from "./provider-endpoints.ts";

export interface ProviderConfig {
  readonly preset: "oidc" | "google";
  /** Exactly as the provider's metadata spells it. Default: the preset's. */
  readonly issuer?: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** Default: the preset's (`oidc`: basic, `google`: post). */
  readonly clientAuth?: ClientAuthMethod;
  /** Space separated; asked at sign-in exactly so. Must hold `openid`. */
  readonly scope: string;
  /** Resource indicators sent at sign-in, without `""`. @see RFC 8707 */
  readonly resources: readonly string[];
  readonly redirectUri: string;
  readonly postLogoutRedirectUri: string;
  readonly endpoints?: ProviderEndpoints;
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
  /** JWS algorithms accepted for ID tokens, logout tokens and JWT access tokens; never `none` or `HS*`. */
  readonly idTokenAlgorithms?: readonly string[];
  /** Audiences that may stand beside `clientId` in an ID token. Default none (S-042). */
  readonly trustedAudiences?: readonly string[];
  /** Back-channel logout tokens must say `typ: logout+jwt` and `exp`. Default `false`: many providers send neither (S-101). */
  readonly logoutTokenStrict?: boolean;
}

/** A checked configuration, frozen, with every default filled in. */
export interface ProviderSettings {
  readonly preset: Preset;
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly clientAuth: ClientAuthMethod;
  readonly scope: string;
  readonly resources: readonly string[];
  readonly redirectUri: string;
  readonly postLogoutRedirectUri: string;
  readonly endpoints: ProviderEndpoints;
  readonly discovery: boolean;
  readonly allowLoopbackHttp: boolean;
  readonly requestTimeoutMs: number;
  readonly tokenTimeoutMs: number;
  readonly clockToleranceSeconds: number;
  readonly idTokenAlgorithms: readonly string[];
  readonly trustedAudiences: readonly string[];
  readonly logoutTokenStrict: boolean;
}

const PRESETS = { oidc: oidcPreset, google: googlePreset } as const;

const SUPPORTED_ALGORITHMS = [
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
  const preset = Object.hasOwn(PRESETS, config.preset) ? PRESETS[config.preset] : undefined;
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
  const clientAuth = config.clientAuth ?? preset?.clientAuth ?? "client_secret_basic";
  if (clientAuth !== "client_secret_basic" && clientAuth !== "client_secret_post") {
    problems.push("clientAuth: use client_secret_basic or client_secret_post.");
  }
  problems.push(...scopeProblems(config.scope), ...resourceProblems(config.resources));

  const redirectUri = checkUrl("redirectUri", config.redirectUri);
  if (redirectUri !== undefined && (redirectUri.search !== "" || redirectUri.href !== config.redirectUri)) {
    problems.push(
      "redirectUri: write it in its normal form without a query string, for example https://app.example/bff/callback.",
    );
  }
  checkUrl("postLogoutRedirectUri", config.postLogoutRedirectUri);

  const endpoints: ProviderEndpoints = { ...preset?.endpoints, ...config.endpoints };
  for (const [name, raw] of Object.entries(endpoints)) {
    if (raw !== undefined) checkUrl(`endpoints.${name}`, raw);
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
  const idTokenAlgorithms = config.idTokenAlgorithms ?? SUPPORTED_ALGORITHMS;
  if (
    idTokenAlgorithms.length === 0 ||
    idTokenAlgorithms.some((algorithm) => !(SUPPORTED_ALGORITHMS as readonly string[]).includes(algorithm))
  ) {
    problems.push(`idTokenAlgorithms: use some of ${SUPPORTED_ALGORITHMS.join(", ")}.`);
  }
  if (preset !== undefined && problems.length === 0) problems.push(...preset.configProblems(config));
  if (problems.length > 0 || preset === undefined || issuer === undefined) {
    throw new OAuthError(
      "config_invalid",
      `The provider's configuration is invalid:\n- ${problems.join("\n- ")}`,
      problems,
    );
  }
  return Object.freeze({
    preset,
    issuer,
    clientId: config.clientId,
    clientSecret: config.clientSecret,
    clientAuth,
    scope: config.scope,
    resources: Object.freeze([...config.resources]),
    redirectUri: config.redirectUri,
    postLogoutRedirectUri: config.postLogoutRedirectUri,
    endpoints: Object.freeze(endpoints),
    discovery,
    allowLoopbackHttp,
    requestTimeoutMs,
    tokenTimeoutMs,
    clockToleranceSeconds,
    idTokenAlgorithms: Object.freeze([...idTokenAlgorithms]),
    trustedAudiences: Object.freeze([...(config.trustedAudiences ?? [])]),
    logoutTokenStrict: config.logoutTokenStrict ?? false,
  });
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
