import type { X509Certificate } from "node:crypto";
import { TLSSocket } from "node:tls";
import type { Configuration, KoaContextWithOIDC } from "oidc-provider";

/** How a client's certificate is recognised, by the names of its registration. @see RFC 8705 section 2.1.2 */
const ALTERNATIVE_NAMES: Readonly<Record<string, string>> = {
  tls_client_auth_san_dns: "DNS",
  tls_client_auth_san_ip: "IP Address",
  tls_client_auth_san_uri: "URI",
};

/** Clients that prove who they are by certificates, and tokens that are bound to them. @see RFC 8705 */
export const MUTUAL_TLS = {
  enabled: true,
  certificateBoundAccessTokens: true,
  tlsClientAuth: true,
  selfSignedTlsClientAuth: true,
  getCertificate: ({ socket }: KoaContextWithOIDC) => certificateOf(socket),
  certificateAuthorized: ({ socket }: KoaContextWithOIDC) => socket instanceof TLSSocket && socket.authorized,
  certificateSubjectMatches({ socket }: KoaContextWithOIDC, property: string, expected: string) {
    const certificate = certificateOf(socket);
    if (certificate === undefined) return false;
    const kind = ALTERNATIVE_NAMES[property];
    if (kind === undefined)
      return isSameName(certificate.subject.split("\n").map(withoutEscapes), splitName(expected));
    return (certificate.subjectAltName ?? "").split(", ").includes(`${kind}:${expected}`);
  },
} as const satisfies NonNullable<Configuration["features"]>["mTLS"];

function certificateOf(socket: unknown): X509Certificate | undefined {
  return socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined;
}

/** At commas that aren't escaped. @see RFC 4514 section 2 */
function splitName(name: string): readonly string[] {
  return name.split(/(?<!\\),/).map((part) => withoutEscapes(part.trim()));
}

function withoutEscapes(part: string): string {
  return part.replaceAll(/\\(.)/g, "$1");
}

/** RFC 4514 writes a name from its end; many tools don't. */
function isSameName(one: readonly string[], other: readonly string[]): boolean {
  const text = one.join("\n");
  return [other, other.toReversed()].some((parts) => parts.join("\n") === text);
}
