import { buildAuthorizationUrlWithJAR, modifyAssertion } from "openid-client";
import type { Configuration } from "openid-client";
import type { ClientSigner } from "../client-auth/client-signer.ts";

/** A request is sent as soon as it is signed. @see FAPI 2.0 Message Signing section 5.3.1 */
const REQUEST_SECONDS = 60;

/**
 * Puts an authorization request into a signed object, so that nobody can change it on its way.
 *
 * @returns `client_id` and `request`
 * @see RFC 9101 section 4
 */
export async function signRequest(
  parameters: URLSearchParams,
  configuration: Configuration,
  signer: ClientSigner,
  nowMs: number,
): Promise<URLSearchParams> {
  const { key, kid, alg } = await signer.signingKey();
  const url = await buildAuthorizationUrlWithJAR(
    configuration,
    parameters,
    { key, kid },
    {
      [modifyAssertion](header, claims) {
        header["alg"] = alg;
        claims["iat"] = Math.floor(nowMs / 1_000);
        claims["nbf"] = claims["iat"];
        claims["exp"] = Math.floor(nowMs / 1_000) + REQUEST_SECONDS;
      },
    },
  );
  return new URLSearchParams(url.search);
}
