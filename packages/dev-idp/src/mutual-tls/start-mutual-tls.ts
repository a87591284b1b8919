import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:https";
import { join } from "node:path";
import type { ResolvedClient } from "../options/option-schemas.ts";
import { createCertificateAuthority, type CertificateAuthority } from "./certificate-authority.ts";

/** A second way in, over TLS, which asks for client certificates and takes connections without one, too. */
export interface MutualTls {
  readonly server: Server;
  /** Signed its certificate, and those of clients that it is to know. */
  readonly authority: CertificateAuthority;
}

/** Below the issuer, and below the origin of the second way in, too. @see RFC 8705 section 5 */
const ENDPOINTS = {
  token_endpoint: "/token",
  userinfo_endpoint: "/me",
  introspection_endpoint: "/token/introspection",
  revocation_endpoint: "/token/revocation",
  pushed_authorization_request_endpoint: "/request",
} as const;

/** Makes an authority and a server that isn't listening yet. */
export async function createMutualTls(host: string, keepAliveTimeout: number): Promise<MutualTls> {
  const authority = await createCertificateAuthority();
  const isName = host === "localhost";
  const own = await authority.issue({
    commonName: "Coatcheck development provider",
    dnsNames: ["localhost"],
    ipAddresses: isName ? ["127.0.0.1"] : [host],
  });
  const server = createServer({
    ...own,
    keepAliveTimeout,
    ca: authority.cert,
    requestCert: true,
    // Whether a certificate is good is judged with the client that shows it: self-signed ones are, too.
    rejectUnauthorized: false,
  });
  return { server, authority };
}

/** What the metadata says of the second way in. */
export function endpointAliases(origin: string, hasPushing: boolean): Readonly<Record<string, string>> {
  const entries = Object.entries(ENDPOINTS)
    .filter(([name]) => hasPushing || name !== "pushed_authorization_request_endpoint")
    .map(([name, path]) => [name, origin + path] as const);
  return Object.fromEntries(entries);
}

/** Where certificates lie in a folder. */
export function certificateFiles(folder: string, clientId: string) {
  const name = encodeURIComponent(clientId);
  return {
    authority: join(folder, "authority.pem"),
    cert: join(folder, `${name}.pem`),
    key: join(folder, `${name}-key.pem`),
  };
}

/** Writes the authority's certificate, and one for each client that proves itself by its authority, for whoever starts an application. */
export async function writeCertificates(
  folder: string,
  authority: CertificateAuthority,
  clients: readonly ResolvedClient[],
): Promise<void> {
  mkdirSync(folder, { recursive: true });
  writeFileSync(certificateFiles(folder, "").authority, authority.cert);
  for (const { clientId, tokenEndpointAuthMethod } of clients) {
    if (tokenEndpointAuthMethod !== "tls_client_auth") continue;
    const { cert, key } = await authority.issue({ commonName: clientId });
    const files = certificateFiles(folder, clientId);
    writeFileSync(files.cert, cert);
    writeFileSync(files.key, key, { mode: 0o600 });
  }
}
