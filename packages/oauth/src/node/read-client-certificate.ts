import { createHash, createPrivateKey, X509Certificate } from "node:crypto";
import type { KeyObject } from "node:crypto";
import type { CertificateReading, ClientCertificate } from "../client-auth/client-certificate.ts";

const BLOCK = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;
const MIN_RSA_BITS = 2_048;

/** Says what is wrong with a client certificate, or what it says. Its key is never repeated. @see RFC 8705 section 2 */
export function readClientCertificate(pem: ClientCertificate, nowMs: number): CertificateReading {
  const chain = [...pem.cert.matchAll(BLOCK)].map(([block]) => parseCertificate(block));
  const [leaf] = chain;
  if (leaf === undefined || chain.includes(undefined))
    return refuse("clientCertificate", "write certificates in PEM (BEGIN CERTIFICATE): this is none.");
  const key = parseKey(pem.key);
  if (key === undefined)
    return refuse(
      "clientCertificateKey",
      "write a private key in PEM without a passphrase (openssl pkey -in sealed.pem -out key.pem takes one off).",
    );
  if (!leaf.checkPrivateKey(key))
    return refuse(
      "clientCertificateKey",
      "write the key that belongs to the certificate: this is another one's. Of a chain, the client's own certificate comes first.",
    );
  const { asymmetricKeyDetails: details = {}, asymmetricKeyType: type } = leaf.publicKey;
  if (type?.startsWith("rsa") === true && (details.modulusLength ?? 0) < MIN_RSA_BITS)
    return refuse(
      "clientCertificate",
      `have one issued for another key: an RSA key needs ${MIN_RSA_BITS} bits or more.`,
    );
  if (leaf.validFromDate.getTime() > nowMs)
    return refuse(
      "clientCertificate",
      `wait, or set this machine's clock (NTP): it isn't valid until ${leaf.validFromDate.toISOString()}.`,
    );
  const expiresAtMs = leaf.validToDate.getTime();
  if (expiresAtMs <= nowMs)
    return refuse("clientCertificate", `have it renewed: it expired at ${leaf.validToDate.toISOString()}.`);
  const thumbprint = createHash("sha256").update(leaf.raw).digest("base64url");
  return {
    kind: "usable",
    facts: {
      thumbprint,
      subject: leaf.subject.split("\n").join(", "),
      expiresAtMs,
      publicJwk: {
        ...leaf.publicKey.export({ format: "jwk" }),
        kid: thumbprint,
        x5c: chain.flatMap((certificate) => certificate?.raw.toString("base64") ?? []),
      },
    },
  };
}

function refuse(field: "clientCertificate" | "clientCertificateKey", fix: string): CertificateReading {
  return { kind: "unusable", problem: { field, fix } };
}

function parseCertificate(block: string): X509Certificate | undefined {
  try {
    return new X509Certificate(block);
  } catch {
    // Whoever asked says what to write.
    return undefined;
  }
}

function parseKey(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem);
  } catch {
    // The platform's own words may quote the key.
    return undefined;
  }
}
