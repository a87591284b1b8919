import { decodeJwt } from "../jwt/decode-jwt.ts";
import { isJsonObject } from "../call/json-object.ts";
import type { OpenedCertificate } from "./client-certificate.ts";
import type { ProviderSettings } from "../setup/provider-config.ts";

/**
 * Whether an access token says that it isn't bound to this client's certificate, though it should be.
 *
 * Only a JWT can be read; what an opaque token is bound to is known to the provider and its APIs alone.
 *
 * @see RFC 8705 section 3.1
 */
export function isBindingMissing(
  accessToken: string,
  { certificateBoundTokens }: Pick<ProviderSettings, "certificateBoundTokens">,
  certificate: OpenedCertificate | undefined,
): boolean {
  if (!certificateBoundTokens || certificate === undefined) return false;
  const claims = decodeJwt(accessToken)?.claims;
  if (claims === undefined) return false;
  const { cnf } = claims;
  return !isJsonObject(cnf) || cnf["x5t#S256"] !== certificate.facts.thumbprint;
}
