import type { Endpoint, Members } from "./lie.ts";

/** Where each endpoint is, below the issuer. */
export const PATHS: Readonly<Record<Endpoint, string>> = {
  metadata: "/.well-known/openid-configuration",
  authorization: "/authorize",
  par: "/par",
  token: "/token",
  jwks: "/jwks",
  userinfo: "/userinfo",
  introspection: "/introspect",
  revocation: "/revoke",
  end_session: "/logout",
};

/** The addresses at which certificates are asked for. @see RFC 8705 section 5 */
export function aliasesOf(document: Members, host: string): Members {
  const names = ["token", "userinfo", "introspection", "revocation", "pushed_authorization_request"];
  const entries = names.map((name) => {
    const url = new URL(String(document[`${name}_endpoint`]));
    url.host = host;
    return [`${name}_endpoint`, url.href] as const;
  });
  return Object.fromEntries(entries);
}

/** What an honest provider says of itself. @see OpenID Connect Discovery section 3 */
export function metadataDocument(issuer: string, algorithm: string): Members {
  return {
    issuer,
    authorization_endpoint: issuer + PATHS.authorization,
    token_endpoint: issuer + PATHS.token,
    jwks_uri: issuer + PATHS.jwks,
    userinfo_endpoint: issuer + PATHS.userinfo,
    introspection_endpoint: issuer + PATHS.introspection,
    revocation_endpoint: issuer + PATHS.revocation,
    pushed_authorization_request_endpoint: issuer + PATHS.par,
    end_session_endpoint: issuer + PATHS.end_session,
    response_types_supported: ["code"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: [algorithm],
    code_challenge_methods_supported: ["S256"],
    authorization_response_iss_parameter_supported: true,
  };
}
