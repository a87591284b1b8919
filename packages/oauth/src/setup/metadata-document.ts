import { isJsonObject } from "../call/json-object.ts";
import type { JsonObject } from "../call/json-object.ts";
import { DPOP_ALGORITHM } from "../dpop/dpop-key.ts";
import { parseEndpointUrl, reservedParameterIn } from "./endpoint-url.ts";
import { describeIssuerDifference } from "./issuer-difference.ts";
import type { ProviderSettings } from "./provider-config.ts";
import type { ProviderEndpoints } from "./provider-endpoints.ts";
import { quoteValue } from "./quote-value.ts";

/** The part of the provider's metadata that we use, checked. */
export interface ProviderMetadata {
  readonly issuer: string;
  readonly authorization_endpoint: string;
  readonly token_endpoint: string;
  /** Absent only for plain OAuth. */
  readonly jwks_uri?: string;
  readonly userinfo_endpoint?: string;
  readonly introspection_endpoint?: string;
  readonly revocation_endpoint?: string;
  readonly end_session_endpoint?: string;
  readonly pushed_authorization_request_endpoint?: string;
  readonly require_pushed_authorization_requests?: boolean;
  readonly authorization_response_iss_parameter_supported?: boolean;
  /** Absent: the metadata says nothing about it. */
  readonly token_endpoint_auth_methods_supported?: string[];
  readonly token_endpoint_auth_signing_alg_values_supported?: string[];
  readonly dpop_signing_alg_values_supported?: string[];
}

/** An endpoint of the metadata that can't be used, and what is done without. */
export interface IgnoredEndpoint {
  readonly endpoint: string;
  /** As it stands there, made safe for a log. */
  readonly value: string;
  readonly advice: string;
}

export type MetadataCheck =
  | {
      readonly kind: "usable";
      readonly metadata: ProviderMetadata;
      readonly ignored: readonly IgnoredEndpoint[];
    }
  /** It can never be used, until it or the configuration changes. */
  | { readonly kind: "unusable"; readonly reason: string; readonly advice: string };

interface Endpoint {
  readonly member: string;
  /** In the configuration; one that stands there wins. */
  readonly name?: keyof ProviderEndpoints;
  readonly variable?: string;
  /** Nobody can sign in without it; `openid`, `plain`: where sign-in is by OpenID Connect, by plain OAuth. */
  readonly isRequired?: true | "openid" | "plain";
  /** It is the browser's address, to which we add parameters. */
  readonly isForBrowsers?: true;
  /** A client with a certificate may have an address of its own for it. @see RFC 8705 section 5 */
  readonly hasAlias?: true;
  /** What isn't done without it. */
  readonly feature: string;
}

const ENDPOINTS = [
  {
    member: "authorization_endpoint",
    name: "authorization",
    variable: "OAUTH_AUTHORIZATION_ENDPOINT",
    isRequired: true,
    isForBrowsers: true,
    feature: "signing in",
  },
  {
    member: "token_endpoint",
    name: "token",
    variable: "OAUTH_TOKEN_ENDPOINT",
    isRequired: true,
    hasAlias: true,
    feature: "signing in",
  },
  {
    member: "jwks_uri",
    name: "jwks",
    variable: "OAUTH_JWKS_URI",
    isRequired: "openid",
    feature: "signing in",
  },
  {
    member: "userinfo_endpoint",
    name: "userinfo",
    variable: "OAUTH_USERINFO_ENDPOINT",
    hasAlias: true,
    isRequired: "plain",
    feature: "asking for the profile",
  },
  {
    member: "introspection_endpoint",
    name: "introspection",
    variable: "OAUTH_INTROSPECTION_ENDPOINT",
    hasAlias: true,
    feature: "asking about opaque access tokens",
  },
  {
    member: "revocation_endpoint",
    name: "revocation",
    variable: "OAUTH_REVOCATION_ENDPOINT",
    hasAlias: true,
    feature: "revoking refresh tokens at sign-out",
  },
  {
    member: "end_session_endpoint",
    name: "endSession",
    variable: "OAUTH_END_SESSION_ENDPOINT",
    isForBrowsers: true,
    feature: "signing out at the provider",
  },
  {
    member: "pushed_authorization_request_endpoint",
    name: "pushedRequests",
    variable: "OAUTH_PUSHED_REQUESTS_ENDPOINT",
    hasAlias: true,
    feature: "pushing authorization requests",
  },
] as const satisfies readonly Endpoint[];

/**
 * Checks the metadata that a provider gave, and lets configured endpoints win.
 *
 * What is broken and needed makes it unusable; what is broken and optional is left out, so that one bad line of a
 * provider's closes nobody's sign-in. `reason` is a word of ours; `advice` names values, made safe for a log.
 *
 * @see OpenID Connect Discovery sections 3 and 4.3
 */
export function checkMetadata(document: JsonObject, settings: ProviderSettings): MetadataCheck {
  // Byte for byte (OpenID Connect Discovery section 4.3).
  if (document["issuer"] !== settings.metadataIssuer) {
    const advice = describeIssuerDifference(document["issuer"], settings.issuer, settings);
    return { kind: "unusable", reason: "issuer_mismatch", advice };
  }
  const kind = settings.profileClaims === undefined ? "openid" : "plain";
  const requiresPushing = document["require_pushed_authorization_requests"] === true;
  const mustPush = requiresPushing || settings.pushedRequests === "required";
  // A client with a certificate calls the addresses that are meant for it.
  const listedAliases = document["mtls_endpoint_aliases"];
  const aliases = settings.certificate !== undefined && isJsonObject(listedAliases) ? listedAliases : {};
  const urls: Record<string, string> = {};
  const ignored: IgnoredEndpoint[] = [];
  for (const endpoint of ENDPOINTS as readonly Endpoint[]) {
    const { member, name } = endpoint;
    const isRequired =
      endpoint.isRequired === true || endpoint.isRequired === kind || (mustPush && name === "pushedRequests");
    const value =
      (name === undefined ? undefined : settings.endpoints[name]) ??
      (endpoint.hasAlias === true ? aliases[member] : undefined) ??
      document[member];
    if (value === undefined || value === null) {
      if (isRequired) return missing(endpoint);
      continue;
    }
    const read = readEndpoint(value, endpoint, settings);
    if (read.kind === "url") {
      // In its normal form: without this, one address in two spellings isn't known for one.
      urls[member] = read.url.href;
    } else if (isRequired) {
      const advice = `The metadata's ${member} ${quoteValue(value)} ${read.problem}: ${correct(endpoint)}.`;
      return { kind: "unusable", reason: `${member}_invalid`, advice };
    } else {
      const advice = `It ${read.problem}, so there is no ${endpoint.feature}: ${correct(endpoint)}.`;
      ignored.push({ endpoint: member, value: quoteValue(value), advice });
    }
  }
  const lists = listsOf(document);
  const dpopAlgorithms = lists.dpop_signing_alg_values_supported;
  if (settings.dpop === "required" && dpopAlgorithms?.includes(DPOP_ALGORITHM) === false) {
    const advice = `The metadata lists ${quoteValue(dpopAlgorithms.join(" "))} for DPoP, and proofs are made by ${DPOP_ALGORITHM} here: allow it at the provider, or set OAUTH_DPOP=offered.`;
    return { kind: "unusable", reason: "dpop_algorithm_missing", advice };
  }
  if (
    settings.certificateBoundTokens &&
    settings.discovery &&
    document["tls_client_certificate_bound_access_tokens"] !== true
  ) {
    const advice =
      "The metadata doesn't say tls_client_certificate_bound_access_tokens: switch such tokens on at the provider, or set OAUTH_CERTIFICATE_BOUND_TOKENS=false.";
    return { kind: "unusable", reason: "certificate_binding_missing", advice };
  }
  const metadata = {
    ...urls,
    issuer: settings.issuer,
    require_pushed_authorization_requests: requiresPushing,
    authorization_response_iss_parameter_supported:
      document["authorization_response_iss_parameter_supported"] === true,
    ...lists,
  };
  return { kind: "usable", metadata: metadata as unknown as ProviderMetadata, ignored };
}

const LISTS = [
  "token_endpoint_auth_methods_supported",
  "token_endpoint_auth_signing_alg_values_supported",
  "dpop_signing_alg_values_supported",
] as const;

function listsOf(document: JsonObject): Partial<Record<(typeof LISTS)[number], string[]>> {
  const found = LISTS.flatMap((name) => {
    const list = document[name];
    return Array.isArray(list) ? [[name, list.filter((item) => typeof item === "string")] as const] : [];
  });
  return Object.fromEntries(found);
}

function readEndpoint(
  value: unknown,
  { name, isForBrowsers, hasAlias }: Endpoint,
  settings: ProviderSettings,
): ReturnType<typeof parseEndpointUrl> {
  const parsed = parseEndpointUrl(value, settings.allowLoopbackHttp);
  if (parsed.kind === "url" && hasAlias === true && settings.certificate !== undefined) {
    if (parsed.url.protocol !== "https:")
      return { kind: "invalid", problem: "is not https, and a client certificate is presented there" };
  }
  if (parsed.kind === "invalid" || isForBrowsers === undefined || name === undefined) return parsed;
  const reserved = reservedParameterIn(parsed.url, name);
  return reserved === undefined ? parsed : { kind: "invalid", problem: `carries ${reserved} in its query` };
}

function missing(endpoint: Endpoint): MetadataCheck {
  const advice = `The metadata has no ${endpoint.member}: ${correct(endpoint)}.`;
  return { kind: "unusable", reason: `${endpoint.member}_missing`, advice };
}

function correct({ variable }: Endpoint): string {
  return variable === undefined
    ? "correct it at the provider"
    : `correct it at the provider, or set ${variable}`;
}
