import { ClientSecretPost } from "openid-client";
import type { ClientAuth } from "openid-client";
import type { ProviderSettings } from "./provider-config.ts";

type Client = Pick<ProviderSettings, "clientAuth" | "clientId" | "clientSecret">;

/**
 * Proves to the provider who this client is, by the configured method.
 *
 * @see RFC 6749 section 2.3.1
 */
export function clientAuthentication({ clientAuth, clientId, clientSecret }: Client): ClientAuth {
  if (clientAuth === "client_secret_post") return ClientSecretPost(clientSecret);
  const credentials = btoa(`${formEncode(clientId)}:${formEncode(clientSecret)}`);
  return (_server, _client, _body, headers) => headers.set("authorization", `Basic ${credentials}`);
}

/**
 * Encodes a form value, and only what needs it: the protocol library encodes `-`, `.` and `_`, too, and providers that
 * don't decode the header refuse every secret that has one.
 *
 * @see RFC 6749 appendix B
 */
function formEncode(text: string): string {
  return encodeURIComponent(text).replaceAll("%20", "+");
}
