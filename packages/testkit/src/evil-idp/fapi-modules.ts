import type { ConformanceModule } from "./conformance-modules.ts";
import {
  ABSENT,
  authorizationParameter,
  idTokenByOtherKey,
  idTokenClaim,
  idTokenUnsigned,
  metadataMember,
  signedResponseClaim,
  signedResponseTampered,
  signedResponseUnsigned,
  tokenResponseMember,
} from "./lies/index.ts";

/** What the provider of every module is: a server of the FAPI 2.0 Security Profile. */
export const FAPI_PROVIDER = {
  algorithm: "PS256",
  requiresPushing: true,
  dpop: "required",
  dpopNonces: "once",
} as const satisfies ConformanceModule["provider"];

/**
 * Modules of the OpenID Foundation's plan for clients of the FAPI 2.0 Security Profile, by the suite's names without
 * `fapi2-security-profile-final-client-test-`.
 *
 * Not among them is `invalid-openbanking-intent-id` (one country's profile).
 *
 * @see https://openid.net/certification/fapi_rp_testing/
 */
export const FAPI_SECURITY_MODULES = {
  "happy-path": {},
  "happy-path-no-dpop-nonce": { provider: { dpopNonces: "none" } },
  "discovery-issuer-mismatch": { lies: [metadataMember("issuer", "https://other.example")] },
  "ensure-authorization-response-with-invalid-state-fails": {
    lies: [authorizationParameter("state", "other")],
  },
  "ensure-authorization-response-with-invalid-missing-state-fails": {
    lies: [authorizationParameter("state", ABSENT)],
  },
  "invalid-authorization-response-iss": { lies: [authorizationParameter("iss", "https://other.example")] },
  // The suite's metadata promises it; ours doesn't here, since the profile alone has to do.
  "remove-authorization-response-iss": {
    lies: [
      authorizationParameter("iss", ABSENT),
      metadataMember("authorization_response_iss_parameter_supported", ABSENT),
    ],
  },
  "invalid-iss": { lies: [idTokenClaim("iss", "https://other.example/")] },
  "invalid-missing-iss": { lies: [idTokenClaim("iss", ABSENT)] },
  "invalid-aud": { lies: [idTokenClaim("aud", "other")] },
  "invalid-missing-aud": { lies: [idTokenClaim("aud", ABSENT)] },
  "invalid-secondary-aud": { lies: [idTokenClaim("aud", ["app", "other"])] },
  "valid-aud-as-array": { lies: [idTokenClaim("aud", ["app"])] },
  "invalid-missing-exp": { lies: [idTokenClaim("exp", ABSENT)] },
  "invalid-expired-exp": { lies: [idTokenClaim("exp", 1)] },
  "invalid-nonce": { lies: [idTokenClaim("nonce", "other")] },
  "invalid-missing-nonce": { lies: [idTokenClaim("nonce", ABSENT)] },
  "invalid-null-alg": { lies: [idTokenUnsigned()] },
  "invalid-alternate-alg": { lies: [idTokenByOtherKey("RS256")] },
  "token-endpoint-response-without-expires_in": { lies: [tokenResponseMember("expires_in", ABSENT)] },
  "token-type-case-insensitivity": { lies: [tokenResponseMember("token_type", "dPoP")] },
  "rs-dpop-auth-scheme-case-insensitivity": { apiScheme: "dpop" },
} satisfies Record<string, ConformanceModule & { readonly apiScheme?: string }>;

/** What its plan for Message Signing has beyond that: requests are signed, and so are answers. */
export const FAPI_SIGNING_MODULES = {
  "happy-path": {},
  "ensure-jarm-signature-is-not-none": { lies: [signedResponseUnsigned()] },
  "ensure-jarm-with-invalid-sig-fails": { lies: [signedResponseTampered("code", "other")] },
  "ensure-jarm-with-invalid-iss-fails": { lies: [signedResponseClaim("iss", "https://other.example")] },
  "ensure-jarm-without-iss-fails": { lies: [signedResponseClaim("iss", ABSENT)] },
  "ensure-jarm-with-invalid-aud-fails": { lies: [signedResponseClaim("aud", "other")] },
  "ensure-jarm-without-aud-fails": { lies: [signedResponseClaim("aud", ABSENT)] },
  "ensure-jarm-with-expired-exp-fails": { lies: [signedResponseClaim("exp", 1)] },
  "ensure-jarm-without-exp-fails": { lies: [signedResponseClaim("exp", ABSENT)] },
} satisfies Record<string, ConformanceModule>;

export type FapiSecurityModuleName = keyof typeof FAPI_SECURITY_MODULES;
export type FapiSigningModuleName = keyof typeof FAPI_SIGNING_MODULES;
