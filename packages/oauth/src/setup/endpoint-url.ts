import { isLoopbackHost } from "@coatcheck/contract";
import { AUTHORIZATION_PARAMETERS } from "./authorization-parameters.ts";
import type { ProviderEndpoints } from "./provider-endpoints.ts";

/** Parameters that we add to a browser's URL; an endpoint that brings one along would repeat or override it. */
const BROWSER_PARAMETERS = [
  ...AUTHORIZATION_PARAMETERS,
  "access_type",
  "login_hint",
  "logout_uri",
  "post_logout_redirect_uri",
];

/** Parameters that we send in a form. */
const FORM_PARAMETERS = [
  "access_token",
  "client_assertion",
  "client_assertion_type",
  "client_id",
  "client_secret",
  "code",
  "code_verifier",
  "grant_type",
  "redirect_uri",
  "refresh_token",
  "resource",
  "scope",
  "token",
  "token_type_hint",
];

/** What each endpoint's own query must not hold: a parameter that comes twice is refused by providers (RFC 6749 section 3.1). */
const RESERVED_PARAMETERS: Readonly<Record<keyof ProviderEndpoints, readonly string[]>> = {
  authorization: BROWSER_PARAMETERS,
  endSession: BROWSER_PARAMETERS,
  pushedRequests: [...BROWSER_PARAMETERS, ...FORM_PARAMETERS],
  token: FORM_PARAMETERS,
  refresh: FORM_PARAMETERS,
  introspection: FORM_PARAMETERS,
  revocation: FORM_PARAMETERS,
  tokeninfo: FORM_PARAMETERS,
  userinfo: ["access_token"],
  emails: ["access_token"],
  // Read by a plain GET: some providers name the client in it.
  jwks: [],
};

/** The first parameter of the endpoint's query that the protocol sends by itself; `undefined`: there is none. */
export function reservedParameterIn(url: URL, endpoint: keyof ProviderEndpoints): string | undefined {
  return RESERVED_PARAMETERS[endpoint].find((name) => url.searchParams.has(name));
}

/** Parses an endpoint; `problem` says what is wrong with it and never repeats it. */
export type EndpointUrl =
  | { readonly kind: "url"; readonly url: URL }
  | { readonly kind: "invalid"; readonly problem: string };

/** An absolute https URL without user, password or fragment; http on loopback only where `allowLoopbackHttp` (S-038). */
export function parseEndpointUrl(raw: unknown, allowLoopbackHttp: boolean): EndpointUrl {
  if (typeof raw !== "string" || raw.length > 2_048 || !URL.canParse(raw)) {
    return { kind: "invalid", problem: "is not an absolute URL" };
  }
  const url = new URL(raw);
  if (url.username !== "" || url.password !== "") return { kind: "invalid", problem: "holds a user name" };
  if (raw.includes("#")) return { kind: "invalid", problem: "holds a fragment" };
  if (url.protocol === "https:") return { kind: "url", url };
  if (url.protocol === "http:" && allowLoopbackHttp && isLoopbackHost(url.hostname)) {
    return { kind: "url", url };
  }
  return { kind: "invalid", problem: "is not https" };
}
