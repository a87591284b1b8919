import { createLocalJWKSet, jwtVerify } from "jose";
import type { ClientCredentials } from "./client-authentication.ts";

/**
 * The parameters of an authorization request, out of its signed object where it has one.
 *
 * @returns `undefined` where it isn't as it has to be
 * @see RFC 9101 section 6
 */
export async function openRequest(
  received: URLSearchParams,
  client: ClientCredentials & { readonly requiresSignedRequests?: boolean },
): Promise<URLSearchParams | undefined> {
  const object = received.get("request");
  if (object === null) return client.requiresSignedRequests === true ? undefined : received;
  try {
    const keys = await client.clientKeys?.();
    const { payload } = await jwtVerify(object, createLocalJWKSet(keys ?? { keys: [] }), {
      typ: "oauth-authz-req+jwt",
      issuer: client.clientId,
      audience: client.issuer,
      algorithms: ["PS256", "ES256", "EdDSA"],
      currentDate: new Date(client.nowMs()),
      requiredClaims: ["exp", "nbf"],
    });
    const parameters = new URLSearchParams();
    for (const [name, value] of Object.entries(payload)) {
      const values: readonly unknown[] = Array.isArray(value) && name === "resource" ? value : [value];
      for (const one of values) parameters.append(name, typeof one === "string" ? one : JSON.stringify(one));
    }
    return parameters;
  } catch {
    // Whatever it is, it isn't a request of this client.
    return undefined;
  }
}
