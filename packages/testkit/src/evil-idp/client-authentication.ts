import { createLocalJWKSet, decodeJwt, jwtVerify } from "jose";
import type { JSONWebKeySet, JWTVerifyOptions } from "jose";
import { shownThumbprint } from "./shown-certificate.ts";

export interface ClientCredentials {
  readonly issuer: string;
  readonly clientId: string;
  readonly clientSecret: string;
  /** The client's public keys as it publishes them; read anew for each call. */
  readonly clientKeys?: () => JSONWebKeySet | Promise<JSONWebKeySet>;
  /** Base64url of the SHA-256 of the client's certificate. */
  readonly certificateThumbprint?: string;
  /** It proves itself by that certificate (RFC 8705), and by nothing else. Default `false`. */
  readonly provesItselfByCertificate?: boolean;
  readonly nowMs: () => number;
}

const ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
const MAX_ASSERTION_SECONDS = 60;

/**
 * Makes the check that exactly one method was used, with the right secret or key; an assertion counts once.
 *
 * @see RFC 6749 section 2.3.1, RFC 7523 section 3
 */
export function createClientAuthentication(
  client: ClientCredentials,
): (headers: Headers, form: URLSearchParams) => Promise<boolean> {
  const usedIds = new Set<string>();

  async function isAssertion(assertion: string): Promise<boolean> {
    const { jti, iat = 0, exp = Infinity } = decodeJwt(assertion);
    if (jti === undefined || usedIds.has(jti) || exp - iat > MAX_ASSERTION_SECONDS) return false;
    usedIds.add(jti);
    const options: JWTVerifyOptions = {
      issuer: client.clientId,
      subject: client.clientId,
      audience: client.issuer,
      currentDate: new Date(client.nowMs()),
      requiredClaims: ["exp", "iat"],
    };
    const keys = await client.clientKeys?.();
    await (keys === undefined
      ? jwtVerify(assertion, new TextEncoder().encode(client.clientSecret), {
          ...options,
          algorithms: ["HS256"],
        })
      : jwtVerify(assertion, createLocalJWKSet(keys), {
          ...options,
          algorithms: ["PS256", "ES256", "EdDSA"],
        }));
    return iat <= client.nowMs() / 1_000;
  }

  return async (headers, form) => {
    const authorization = headers.get("authorization") ?? undefined;
    if (client.provesItselfByCertificate === true) {
      const isAlone =
        authorization === undefined && !form.has("client_secret") && !form.has("client_assertion");
      const shown = await shownThumbprint(headers);
      const isShown = shown !== undefined && shown === client.certificateThumbprint;
      return isAlone && isShown && form.get("client_id") === client.clientId;
    }
    const assertion = form.get("client_assertion");
    if (assertion !== null) {
      const isAlone = authorization === undefined && !form.has("client_secret");
      if (!isAlone || form.get("client_assertion_type") !== ASSERTION_TYPE) return false;
      return isAssertion(assertion).catch(() => false);
    }
    // Who has keys proves itself by them.
    return client.clientKeys === undefined && isSecret(authorization, form, client);
  };
}

function isSecret(
  authorization: string | undefined,
  form: URLSearchParams,
  client: Pick<ClientCredentials, "clientId" | "clientSecret">,
): boolean {
  if (authorization === undefined) {
    return form.get("client_id") === client.clientId && form.get("client_secret") === client.clientSecret;
  }
  if (form.has("client_secret") || !authorization.startsWith("Basic ")) return false;
  const [id = "", secret = ""] = atob(authorization.slice(6)).split(":").map(decodeForm);
  return id === client.clientId && secret === client.clientSecret;
}

function decodeForm(text: string): string {
  return decodeURIComponent(text.replaceAll("+", " "));
}
