import { SignJWT } from "jose";
import {
  ClientSecretJwt,
  ClientSecretPost,
  modifyAssertion,
  PrivateKeyJwt,
  TlsClientAuth,
} from "openid-client";
import type { ClientAuth, ModifyAssertionOptions } from "openid-client";
import type { Preset } from "../presets/preset.ts";
import type { ClientSigner } from "./client-signer.ts";
import type { ProviderSettings } from "../setup/provider-config.ts";

type Client = Pick<ProviderSettings, "clientAuth" | "clientId" | "clientSecret" | "apple" | "issuer">;

/** An assertion is made for the call that it goes with. @see FAPI 2.0 Security Profile section 5.3.2.1 */
const ASSERTION_SECONDS = 60;

/**
 * Proves to the provider who this client is, by the configured method; with each call and each repetition anew.
 *
 * @param signer needed for `private_key_jwt`
 * @see RFC 6749 section 2.3.1, OpenID Connect Core section 9, RFC 7523 section 2.2, RFC 8705 section 2
 */
export function clientAuthentication(
  client: Client & { readonly preset: Pick<Preset, "signsSecret"> },
  signer: ClientSigner | undefined,
  nowMs: () => number,
): ClientAuth {
  const { clientAuth, clientId, clientSecret = "" } = client;
  if (client.preset.signsSecret) return secretSignedBy(signer, client, nowMs);
  switch (clientAuth) {
    case "client_secret_post":
      return ClientSecretPost(clientSecret);
    case "client_secret_jwt":
      return ClientSecretJwt(clientSecret, { [modifyAssertion]: (_header, claims) => date(claims, nowMs) });
    case "private_key_jwt":
      return signedBy(signer, nowMs);
    case "tls_client_auth":
    case "self_signed_tls_client_auth":
      // The certificate itself goes with the connection.
      return TlsClientAuth();
    default: {
      const credentials = basicCredentials({ clientId, clientSecret });
      return (_server, _client, _body, headers) => headers.set("authorization", `Basic ${credentials}`);
    }
  }
}

/** @see RFC 6749 section 2.3.1 */
export function basicCredentials({
  clientId,
  clientSecret = "",
}: Pick<Client, "clientId" | "clientSecret">): string {
  return btoa(`${formEncode(clientId)}:${formEncode(clientSecret)}`);
}

function signedBy(signer: ClientSigner | undefined, nowMs: () => number): ClientAuth {
  let prepared: Promise<ClientAuth> | undefined;
  async function prepare(): Promise<ClientAuth> {
    if (signer === undefined) throw new TypeError("private_key_jwt without keys");
    const { key, kid, alg } = await signer.signingKey();
    const options: ModifyAssertionOptions = {
      [modifyAssertion](header, claims) {
        // The library says Ed25519, which fewer providers know.
        header["alg"] = alg;
        date(claims, nowMs);
      },
    };
    return PrivateKeyJwt({ key, kid }, options);
  }
  async function authenticate(...call: Parameters<ClientAuth>): Promise<void> {
    const sign = await (prepared ??= prepare());
    // The library waits for it, and so do we, though its type says nothing of that.
    const signing: unknown = sign(...call);
    await signing;
  }
  const untyped: unknown = authenticate;
  return untyped as ClientAuth;
}

/**
 * A secret that is made for the call that it goes with, and signed.
 *
 * @see https://developer.apple.com/documentation/accountorganizationaldatasharing/creating-a-client-secret
 */
function secretSignedBy(
  signer: ClientSigner | undefined,
  { clientId, apple = {}, issuer }: Client,
  nowMs: () => number,
): ClientAuth {
  async function authenticate(...[, , body]: Parameters<ClientAuth>): Promise<void> {
    if (signer === undefined) throw new TypeError("a signed secret without keys");
    const { key, alg } = await signer.signingKey();
    const claims: Record<string, unknown> = { iss: apple.teamId, sub: clientId, aud: issuer };
    date(claims, nowMs);
    const secret = await new SignJWT(claims)
      .setProtectedHeader({ alg, ...(apple.keyId === undefined ? {} : { kid: apple.keyId }) })
      .sign(key);
    body.set("client_id", clientId);
    body.set("client_secret", secret);
  }
  const untyped: unknown = authenticate;
  return untyped as ClientAuth;
}

/** By our clock port. Without `nbf`: a provider whose clock is a second behind would refuse it for nothing. */
function date(claims: Record<string, unknown>, nowMs: () => number): void {
  const nowSeconds = Math.floor(nowMs() / 1_000);
  claims["iat"] = nowSeconds;
  claims["exp"] = nowSeconds + ASSERTION_SECONDS;
  delete claims["nbf"];
}

/**
 * Encodes a form value, and only what needs it: the protocol library encodes `-`, `.` and `_`, too, and providers that
 * don't decode the header refuse every secret that has one.
 *
 * @see RFC 6749 appendix B
 */
export function formEncode(text: string): string {
  return encodeURIComponent(text).replaceAll("%20", "+");
}
