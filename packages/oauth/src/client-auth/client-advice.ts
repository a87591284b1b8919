import type { CertificateFacts } from "./client-certificate.ts";
import { formEncode } from "./client-authentication.ts";
import type { ProviderMetadata } from "../setup/metadata-document.ts";
import type { ProviderSettings } from "../setup/provider-config.ts";
import { CLIENT_AUTH_METHODS } from "../setup/provider-endpoints.ts";

type Client = Pick<
  ProviderSettings,
  "clientAuth" | "clientId" | "clientSecret" | "clientKeys" | "dpop" | "preset"
>;
type Listed = Pick<
  ProviderMetadata,
  "token_endpoint_auth_methods_supported" | "token_endpoint_auth_signing_alg_values_supported"
>;

/** Signed assertions are short-lived: from here on a difference is worth a word. */
const CLOCK_SECONDS = 5;

/**
 * What to change when the provider refuses this client, for logs; says nothing about the secret but whether it is encoded.
 *
 * @param listed the provider's metadata
 * @param certificate what this client proves itself by, or binds tokens to
 * @param clockAheadSeconds how far this machine's clock is ahead of the provider's, as far as its answers say
 */
export function clientRefusedAdvice(
  client: Client,
  listed: Listed = {},
  clockAheadSeconds = 0,
  certificate?: CertificateFacts,
): string {
  const { clientAuth, dpop, preset } = client;
  const isSigned =
    preset.signsSecret ||
    clientAuth === "private_key_jwt" ||
    clientAuth === "client_secret_jwt" ||
    dpop !== "never";
  const clock =
    isSigned && Math.abs(clockAheadSeconds) > CLOCK_SECONDS ? ` ${clockAdvice(clockAheadSeconds)}` : "";
  return adviceFor(client, listed, certificate) + clock;
}

function adviceFor(client: Client, listed: Listed, certificate: CertificateFacts | undefined): string {
  if (client.preset.signsSecret)
    return "Compare OAUTH_CLIENT_ID (the Services ID), OAUTH_APPLE_TEAM_ID and OAUTH_APPLE_KEY_ID with the developer account, and OAUTH_CLIENT_KEYS with the key of that id, which must not be revoked there.";
  switch (client.clientAuth) {
    case "private_key_jwt":
      return keyAdvice(client);
    case "tls_client_auth":
      return `Register the certificate's subject (${certificate?.subject}) for this client at the provider as tls_client_auth_subject_dn, or one of its other names, and have the provider trust the authority that issued it; ${certificateAdvice(certificate)}`;
    case "self_signed_tls_client_auth":
      return `Let the provider fetch this client's certificate from PUBLIC_ORIGIN/bff/jwks.json, or register the one with the thumbprint ${certificate?.thumbprint} there; ${certificateAdvice(certificate)}`;
    default:
      return secretAdvice(client, listed);
  }
}

function certificateAdvice({ expiresAtMs = 0 }: Partial<CertificateFacts> = {}): string {
  return `it is valid until ${new Date(expiresAtMs).toISOString()}. Compare OAUTH_CLIENT_ID with what the provider's console shows.`;
}

function clockAdvice(aheadSeconds: number): string {
  const direction = aheadSeconds > 0 ? "ahead of" : "behind";
  return `This machine's clock is ${Math.abs(aheadSeconds)} seconds ${direction} the provider's, which refuses what is signed at another time: synchronise the clocks (NTP).`;
}

function keyAdvice({ clientKeys }: Client): string {
  const [first] = clientKeys;
  const name = first?.kid === undefined ? "" : ` (kid ${first.kid})`;
  return (
    `Let the provider fetch this client's public keys from PUBLIC_ORIGIN/bff/jwks.json, or register the first of ` +
    `OAUTH_CLIENT_KEYS${name} there, and compare OAUTH_CLIENT_ID with what its console shows.`
  );
}

function secretAdvice(client: Client, listed: Listed): string {
  const { clientAuth, clientId, clientSecret = "" } = client;
  const compare =
    "Compare OAUTH_CLIENT_ID and OAUTH_CLIENT_SECRET with what the provider's console shows for this client.";
  const other = clientAuth === "client_secret_basic" ? "client_secret_post" : "client_secret_basic";
  const isEncoded = formEncode(clientId + clientSecret) !== clientId + clientSecret;
  const reasons = [
    ...(other === "client_secret_post" && isEncoded
      ? ["client_secret_basic encodes some of their characters, and some providers don't decode them"]
      : []),
    ...(listed.token_endpoint_auth_methods_supported?.includes(other) === true
      ? [`the provider lists ${other}`]
      : []),
  ];
  return reasons.length === 0
    ? compare
    : `${compare} If they are right, set OAUTH_CLIENT_AUTH=${other}: ${reasons.join(", and ")}.`;
}

/** What to change where the metadata doesn't list what is configured; `undefined` where it does, or says nothing of it. */
export function clientAuthNotListedAdvice(client: Client, metadata: Listed): string | undefined {
  const listed = metadata.token_endpoint_auth_methods_supported;
  if (listed === undefined || listed.includes(client.clientAuth)) return algorithmAdvice(client, metadata);
  const offered = CLIENT_AUTH_METHODS.find((method) => listed.includes(method));
  return offered === undefined
    ? `The provider's metadata lists none of ${CLIENT_AUTH_METHODS.join(", ")} for this client to prove itself; allow one of them at the provider.`
    : `The provider's metadata doesn't list ${client.clientAuth}: set OAUTH_CLIENT_AUTH=${offered}, or allow ${client.clientAuth} for this client at the provider.`;
}

function algorithmAdvice({ clientAuth, clientKeys }: Client, metadata: Listed): string | undefined {
  const listed = metadata.token_endpoint_auth_signing_alg_values_supported;
  const alg = clientAuth === "private_key_jwt" ? clientKeys[0]?.alg : undefined;
  if (alg === undefined || listed === undefined || listed.includes(alg)) return undefined;
  return `The provider's metadata doesn't list ${alg} for signing in as a client: put a key for one of ${listed.join(", ")} first in OAUTH_CLIENT_KEYS.`;
}
