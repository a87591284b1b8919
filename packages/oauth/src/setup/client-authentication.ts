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

/**
 * What to change when the provider refuses this client, for logs; says nothing about the secret but whether it is encoded.
 *
 * @param listed the metadata's `token_endpoint_auth_methods_supported`
 */
export function clientRefusedAdvice(client: Client, listed: readonly string[] = []): string {
  const compare =
    "Compare OAUTH_CLIENT_ID and OAUTH_CLIENT_SECRET with what the provider's console shows for this client.";
  const other = client.clientAuth === "client_secret_basic" ? "client_secret_post" : "client_secret_basic";
  const isEncoded =
    formEncode(client.clientId + client.clientSecret) !== client.clientId + client.clientSecret;
  const reasons = [
    ...(other === "client_secret_post" && isEncoded
      ? ["client_secret_basic encodes some of their characters, and some providers don't decode them"]
      : []),
    ...(listed.includes(other) ? [`the provider lists ${other}`] : []),
  ];
  return reasons.length === 0
    ? compare
    : `${compare} If they are right, set OAUTH_CLIENT_AUTH=${other}: ${reasons.join(", and ")}.`;
}

/** What to change where the metadata doesn't list the configured method; `undefined` where it does, or lists none at all. */
export function clientAuthNotListedAdvice(
  client: Client,
  listed: readonly string[] | undefined,
): string | undefined {
  if (listed === undefined || listed.includes(client.clientAuth)) return undefined;
  const offered = (["client_secret_basic", "client_secret_post"] as const).find((method) =>
    listed.includes(method),
  );
  return offered === undefined
    ? `The provider's metadata lists neither client_secret_basic nor client_secret_post for this client to prove itself; allow one of them at the provider.`
    : `The provider's metadata doesn't list ${client.clientAuth}: set OAUTH_CLIENT_AUTH=${offered}, or allow ${client.clientAuth} for this client at the provider.`;
}
