import type { EvilIdp, EvilIdpOptions } from "./evil-idp.ts";
import type { Lie } from "./lie.ts";
import {
  ABSENT,
  idTokenClaim,
  idTokenHeader,
  idTokenSignedWithSecret,
  idTokenTampered,
  idTokenUnsigned,
  logoutTokenByOtherKey,
  logoutTokenClaim,
  logoutTokenHeader,
  logoutTokenUnsigned,
  metadataMember,
  onlyOnRefresh,
  postLogoutParameter,
  publishedKeys,
  userinfoClaim,
  userinfoSigned,
} from "./lies/index.ts";
import { createSigner } from "./signer.ts";

/** What the provider does in one module of the OpenID conformance suite's tests of relying parties. */
export interface ConformanceModule {
  readonly provider?: Partial<EvilIdpOptions>;
  readonly lies?: readonly Lie[];
  /** What the relying party does after it signed in and asked UserInfo. */
  readonly next?: "sign_in_again" | "refresh" | "sign_out";
  /** Between the first sign-in and the second. */
  readonly beforeSecondSignIn?: (idp: EvilIdp) => Promise<void>;
  /** In the second sign-in, when the browser is on its way back. */
  readonly beforeSecondCallback?: (idp: EvilIdp) => Promise<void>;
}

const rotate = (idp: EvilIdp): Promise<void> => idp.rotateKeys();
const withoutKid = idTokenHeader("kid", ABSENT);
const unnamedKeys = publishedKeys((keys) => keys.map(({ kid: _kid, ...key }) => key));
/** As the suite writes its logout tokens: no type of their own, and a claim that nobody knows. */
const plainLogoutToken: readonly Lie[] = [
  logoutTokenHeader("typ", "JWT"),
  logoutTokenClaim("extra", "claim"),
];
function backChannel(...lies: readonly Lie[]): ConformanceModule {
  return {
    next: "sign_out",
    lies: [...plainLogoutToken, ...lies],
  };
}
const wrongEvent = { "http://schemas.openid.net/event/something-else": {} };

/**
 * Modules of the plans for clients that use the code flow: basic, config, refresh token, RP-initiated logout,
 * back-channel logout, and the comprehensive one; by the suite's names without `oidcc-client-test`.
 *
 * Not among them is what asks for something that Coatcheck doesn't offer: other flows (`-nonce-unless-code-flow`,
 * `-missing-athash`, `-invalid-chash`, `-missing-chash`), `-form-post-error`, `-userinfo-bearer-body`,
 * `-request-uri-*`, `-discovery-webfinger-*`, `-dynamic-registration`,
 * `-3rd-party-init-login`, `-rp-frontchannel-*`, `-session-management`.
 *
 * @see https://openid.net/certification/connect_rp_testing/
 */
export const CONFORMANCE_MODULES = {
  "": {},
  "-client-secret-basic": {},
  "-scope-userinfo-claims": {
    lies: [
      userinfoClaim("phone_number", "+1 555 0100"),
      userinfoClaim("address", { locality: "Ticket Town" }),
    ],
  },
  "-nonce-invalid": { lies: [idTokenClaim("nonce", "other")] },
  "-invalid-iss": { lies: [idTokenClaim("iss", "https://other.example/")] },
  "-missing-sub": { lies: [idTokenClaim("sub", ABSENT)] },
  "-invalid-aud": { lies: [idTokenClaim("aud", "other")] },
  "-missing-aud": { lies: [idTokenClaim("aud", ABSENT)] },
  "-missing-iat": { lies: [idTokenClaim("iat", ABSENT)] },
  "-kid-absent-single-jwks": { lies: [withoutKid, unnamedKeys] },
  "-kid-absent-multiple-jwks": { lies: [withoutKid, moreKeys(), unnamedKeys] },
  "-ignores-unparseable-key-in-jwks": {
    lies: [
      publishedKeys((keys) => [
        { kty: "AKP", alg: "ML-DSA-9999", kid: "unusable-1", use: "sig", pub: "AAAA" },
        { kty: "UNHEARD-OF", alg: "UNHEARD-OF", kid: "unusable-2", use: "sig" },
        ...keys,
      ]),
    ],
  },
  "-idtoken-sig-rs256": { provider: { algorithm: "RS256" } },
  "-idtoken-sig-none": { lies: [idTokenUnsigned()] },
  "-invalid-sig-rs256": { provider: { algorithm: "RS256" }, lies: [idTokenTampered({ name: "changed" })] },
  "-invalid-sig-es256": { provider: { algorithm: "ES256" }, lies: [idTokenTampered({ name: "changed" })] },
  "-invalid-sig-hs256": { lies: [idTokenSignedWithSecret("not-the-clients-secret-of-32-bytes")] },
  "-invalid-athash": { lies: [idTokenClaim("at_hash", "x".repeat(22))] },
  "-userinfo-bearer-header": {},
  "-userinfo-invalid-sub": { lies: [userinfoClaim("sub", "other")] },
  "-userinfo-signed": { lies: [userinfoSigned()] },
  "-aggregated-claims": {
    lies: [
      userinfoClaim("_claim_names", { address: "src1" }),
      userinfoClaim("_claim_sources", { src1: { JWT: "eyJhbGciOiJSUzI1NiJ9.e30.c2ln" } }),
    ],
  },
  "-distributed-claims": {
    lies: [
      userinfoClaim("_claim_names", { credit_score: "src1" }),
      userinfoClaim("_claim_sources", {
        src1: { endpoint: "https://elsewhere.example/claims", access_token: "ksj3n283dke" },
      }),
    ],
  },
  // Certificates count at those addresses alone.
  "-mtls-endpoint-aliases": { provider: { provesItselfByCertificate: true } },
  "-discovery-openid-config": {},
  "-discovery-jwks-uri-keys": { lies: [metadataMember("jwks_uri", "https://elsewhere.example/jwks")] },
  "-discovery-issuer-mismatch": { lies: [metadataMember("issuer", "https://other.example")] },
  "-signing-key-rotation": { next: "sign_in_again", beforeSecondSignIn: rotate },
  "-signing-key-rotation-just-before-signing": { next: "sign_in_again", beforeSecondCallback: rotate },
  "-refresh-token": { next: "refresh" },
  "-refresh-token-invalid-issuer": {
    next: "refresh",
    lies: [onlyOnRefresh(idTokenClaim("iss", "https://other.example/"))],
  },
  "-refresh-token-invalid-sub": { next: "refresh", lies: [onlyOnRefresh(idTokenClaim("sub", "other"))] },
  "-refresh-token-invalid-aud": { next: "refresh", lies: [onlyOnRefresh(idTokenClaim("aud", "other"))] },
  "-refresh-token-invalid-azp": { next: "refresh", lies: [onlyOnRefresh(idTokenClaim("azp", "other"))] },
  "-rp-init-logout": { next: "sign_out" },
  "-rp-init-logout-no-state": { next: "sign_out", lies: [postLogoutParameter("state", ABSENT)] },
  "-rp-init-logout-other-state": { next: "sign_out", lies: [postLogoutParameter("state", "other")] },
  "-rp-backchannel-rpinitlogout": backChannel(),
  "-rp-backchannel-rpinitlogout-alg-none": backChannel(logoutTokenUnsigned()),
  "-rp-backchannel-rpinitlogout-wrong-alg": backChannel(logoutTokenByOtherKey("ES256")),
  "-rp-backchannel-rpinitlogout-wrong-iss": backChannel(logoutTokenClaim("iss", "https://other.example/")),
  "-rp-backchannel-rpinitlogout-wrong-aud": backChannel(logoutTokenClaim("aud", "other")),
  "-rp-backchannel-rpinitlogout-no-event": backChannel(logoutTokenClaim("events", ABSENT)),
  "-rp-backchannel-rpinitlogout-wrong-event": backChannel(logoutTokenClaim("events", wrongEvent)),
  "-rp-backchannel-rpinitlogout-with-nonce": backChannel(logoutTokenClaim("nonce", "nonce")),
} satisfies Record<string, ConformanceModule>;

export type ConformanceModuleName = keyof typeof CONFORMANCE_MODULES;

/** Keys of the provider's own kind that signed nothing. */
function moreKeys(): Lie {
  return publishedKeys(async (keys) => {
    const others = await Promise.all(
      [11, 12].map((number) => createSigner("RS256", `other-${number}`, number)),
    );
    return [...others.map(({ publicKey }) => publicKey), ...keys];
  });
}
