import { generateKeyPairSync } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { NotesApiServerOptions } from "@coatcheck/api";
import type { CertificateAuthority, DevIdpClient, DevIdpOptions } from "@coatcheck/dev-idp";

/**
 * What tokens are bound to.
 *
 * - `key`: the client proves itself by a key, pushes its requests, and gets tokens bound to a key alone (private_key_jwt, PAR,
 *   DPoP); provider and APIs want another nonce with each call.
 * - `certificate`: it proves itself by a certificate, pushes its requests, and gets tokens bound to that (RFC 8705); provider and
 *   APIs look at the certificate of each connection.
 */
export const BINDINGS = ["none", "key", "certificate"] as const;
export type BindingKind = (typeof BINDINGS)[number];

interface Wiring {
  /** Variables of our server. */
  readonly environment: Readonly<Record<string, string>>;
  readonly api: Partial<NotesApiServerOptions>;
}

interface BoundTokens {
  /** How the client proves itself; `undefined`: as always. */
  readonly client: Partial<DevIdpClient> | undefined;
  readonly idp: Partial<DevIdpOptions>;
  /** When the provider runs. @param folder for files that the server reads */
  wire(authority: CertificateAuthority | undefined, folder: string): Promise<Wiring>;
}

const PUSHED = { OAUTH_PUSHED_REQUESTS: "required" };

export function bindTokens(binding: BindingKind, clientId: string): BoundTokens {
  switch (binding) {
    case "key":
      return toKey();
    case "certificate":
      return toCertificate(clientId);
    default:
      return { client: undefined, idp: {}, wire: () => Promise.resolve({ environment: {}, api: {} }) };
  }
}

function toKey(): BoundTokens {
  const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const kid = "torture";
  const published = { ...publicKey.export({ format: "jwk" }), kid, alg: "ES256", use: "sig" };
  const environment = {
    ...PUSHED,
    OAUTH_CLIENT_AUTH: "private_key_jwt",
    OAUTH_CLIENT_KEYS: JSON.stringify({ keys: [{ ...privateKey.export({ format: "jwk" }), kid }] }),
    OAUTH_DPOP: "required",
  };
  return {
    client: { tokenEndpointAuthMethod: "private_key_jwt", jwks: { keys: [published] } },
    idp: { pushedRequests: "required", dpop: "required", dpopNonces: "each-call" },
    wire: () => Promise.resolve({ environment, api: { boundTokens: true } }),
  };
}

function toCertificate(clientId: string): BoundTokens {
  return {
    client: { tokenEndpointAuthMethod: "tls_client_auth", certificateBoundTokens: true },
    idp: { pushedRequests: "required", mutualTls: {} },
    async wire(authority, folder) {
      if (authority === undefined) throw new TypeError("The provider asks for no certificates.");
      const own = await authority.issue({ commonName: clientId });
      const authorityFile = join(folder, "authority.pem");
      await writeFile(authorityFile, authority.cert);
      return {
        environment: {
          ...PUSHED,
          OAUTH_CLIENT_AUTH: "tls_client_auth",
          OAUTH_CLIENT_CERTIFICATE: own.cert,
          OAUTH_CLIENT_CERTIFICATE_KEY: own.key,
          OAUTH_CERTIFICATE_BOUND_TOKENS: "true",
          NODE_EXTRA_CA_CERTS: authorityFile,
        },
        api: {
          certificateBoundTokens: true,
          tls: await authority.issue({ commonName: "notes", ipAddresses: ["127.0.0.1"] }),
        },
      };
    },
  };
}
