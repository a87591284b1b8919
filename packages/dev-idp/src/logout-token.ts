import { importJWK, SignJWT } from "jose";
import type { SigningKeys } from "./signing-keys.ts";

export interface LogoutTokenRequest {
  readonly issuer: string;
  readonly clientId: string;
  /** As the client's ID tokens are signed. @see OpenID Connect Back-Channel Logout 1.0 section 2.6 */
  readonly algorithm: string;
  readonly sub?: string | undefined;
  readonly sid?: string | undefined;
  /** Default: a new one. */
  readonly jti?: string | undefined;
}

/**
 * Signs a logout token that names a person, a session, or both, and is good for two minutes.
 *
 * @see OpenID Connect Back-Channel Logout 1.0 section 2.4
 */
export async function signLogoutToken(keys: SigningKeys, request: LogoutTokenRequest): Promise<string> {
  const { algorithm } = request;
  const jwk = keys.keys.find(({ alg = "RS256" }) => alg === algorithm);
  if (jwk === undefined) throw new TypeError(`There is no signing key for ${algorithm}.`);
  const token = new SignJWT({
    events: { "http://schemas.openid.net/event/backchannel-logout": {} },
    ...(request.sid === undefined ? {} : { sid: request.sid }),
  })
    .setProtectedHeader({
      alg: algorithm,
      typ: "logout+jwt",
      ...(jwk.kid === undefined ? {} : { kid: jwk.kid }),
    })
    .setIssuer(request.issuer)
    .setAudience(request.clientId)
    .setIssuedAt()
    .setExpirationTime("2 minutes")
    .setJti(request.jti ?? crypto.randomUUID());
  if (request.sub !== undefined) token.setSubject(request.sub);
  return token.sign(await importJWK(jwk, algorithm));
}
