import type { ProviderConfig, ProviderConfigProblem } from "./provider-config.ts";

export const SECURITY_PROFILES = ["standard", "fapi2", "fapi2-message-signing"] as const;
export type SecurityProfile = (typeof SECURITY_PROFILES)[number];

/** What FAPI allows to sign with. @see FAPI 2.0 Security Profile section 5.4 */
const FAPI_ALGORITHMS = ["PS256", "ES256", "EdDSA", "Ed25519"] as const;

/** How FAPI allows clients to prove who they are. @see FAPI 2.0 Security Profile section 5.3.3.1 */
const FAPI_CLIENT_AUTH = ["private_key_jwt", "tls_client_auth", "self_signed_tls_client_auth"] as const;

/** What a profile turns on where the configuration says nothing. */
export function profileDefaults({
  security = "standard",
  certificateBoundTokens = false,
}: Pick<ProviderConfig, "security" | "certificateBoundTokens">): Partial<ProviderConfig> {
  if (security === "standard") return {};
  return {
    pushedRequests: "required",
    dpop: certificateBoundTokens ? "never" : "required",
    idTokenAlgorithms: ["PS256"],
    ...(security === "fapi2" ? {} : { signedRequests: true, signedResponses: true }),
  };
}

/**
 * What the profile forbids, each with its fix.
 *
 * @param config with the profile's defaults filled in, and the method that is used
 * @see FAPI 2.0 Security Profile section 5.3.3, FAPI 2.0 Message Signing section 5
 */
export function profileProblems(
  config: Pick<
    ProviderConfig,
    | "security"
    | "clientAuth"
    | "pushedRequests"
    | "dpop"
    | "certificateBoundTokens"
    | "idTokenAlgorithms"
    | "signedRequests"
    | "signedResponses"
    | "preset"
  >,
): readonly ProviderConfigProblem[] {
  const { security = "standard", idTokenAlgorithms = [] } = config;
  if (security === "standard") return [];
  const forbidden = idTokenAlgorithms.filter(
    (name) => !(FAPI_ALGORITHMS as readonly string[]).includes(name),
  );
  const wanted: readonly (readonly [boolean, string, string])[] = [
    [config.preset === "oidc", "preset", "use oidc, with the issuer: the others know nothing of FAPI 2."],
    [
      (FAPI_CLIENT_AUTH as readonly unknown[]).includes(config.clientAuth),
      "clientAuth",
      `use ${FAPI_CLIENT_AUTH.join(", ")}, with \`clientKeys\` or \`clientCertificate\`: FAPI 2 allows no secret.`,
    ],
    [config.pushedRequests === "required", "pushedRequests", "remove it: FAPI 2 requires pushed requests."],
    [
      config.dpop === "required" || config.certificateBoundTokens === true,
      "dpop",
      "remove it: FAPI 2 requires tokens that are bound to a key, or with `certificateBoundTokens` to a certificate.",
    ],
    [
      forbidden.length === 0,
      "idTokenAlgorithms",
      `use some of ${FAPI_ALGORITHMS.join(", ")}: FAPI 2 allows no others.`,
    ],
    ...(security === "fapi2"
      ? []
      : ([
          [config.signedRequests === true, "signedRequests", "remove it: message signing requires it."],
          [config.signedResponses === true, "signedResponses", "remove it: message signing requires it."],
        ] as const)),
  ];
  return wanted.filter(([isRight]) => !isRight).map(([, field, fix]) => ({ field, fix }));
}
