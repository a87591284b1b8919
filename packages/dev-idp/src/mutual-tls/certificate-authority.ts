import { KeyObject, randomBytes } from "node:crypto";

/** A certificate and its private key, both PEM. */
export interface MadeCertificate {
  readonly cert: string;
  readonly key: string;
}

export interface CertificateRequest {
  readonly commonName: string;
  /** Beside the common name. */
  readonly organization?: string;
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
  readonly uris?: readonly string[];
  /** Default: a minute ago. */
  readonly notBefore?: Date;
  /** Default: in thirty days. */
  readonly notAfter?: Date;
  /** Default `P-256`. */
  readonly keyKind?: keyof typeof KEY_KINDS;
}

/** Whoever trusts `cert` trusts what it issues. It lives in memory and is another one with each start. */
export interface CertificateAuthority {
  /** Its own certificate, PEM. */
  readonly cert: string;
  issue(request: CertificateRequest): Promise<MadeCertificate>;
}

const EC = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const RSA = {
  name: "RSASSA-PKCS1-v1_5",
  hash: "SHA-256",
  publicExponent: new Uint8Array([1, 0, 1]),
  modulusLength: 2_048,
};
const KEY_KINDS = {
  "P-256": EC,
  "RSA-2048": RSA,
  "RSA-1024": { ...RSA, modulusLength: 1_024 },
} as const;

type KeyPair = Awaited<ReturnType<typeof generateKeyPair>>;

const MINUTE_MS = 60_000;
const THIRTY_DAYS_MS = 30 * 24 * 60 * MINUTE_MS;

/** Makes an authority for development and tests. @see RFC 5280 */
export async function createCertificateAuthority(): Promise<CertificateAuthority> {
  const x509 = await loadLibrary();
  const keys = await generateKeyPair(EC);
  const name = "CN=Coatcheck development authority";
  const authority = await x509.X509CertificateGenerator.createSelfSigned({
    ...commonOf({}),
    name,
    keys,
    signingAlgorithm: EC,
    extensions: [
      new x509.BasicConstraintsExtension(true, 0, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true),
    ],
  });
  return {
    cert: `${authority.toString("pem")}\n`,
    issue: (request) => make(request, { issuer: name, signingKey: keys.privateKey }),
  };
}

/** Makes a certificate that is its own authority. */
export function createSelfSignedCertificate(request: CertificateRequest): Promise<MadeCertificate> {
  return make(request, undefined);
}

async function make(
  request: CertificateRequest,
  by: { readonly issuer: string; readonly signingKey: KeyPair["privateKey"] } | undefined,
): Promise<MadeCertificate> {
  const x509 = await loadLibrary();
  const algorithm = KEY_KINDS[request.keyKind ?? "P-256"];
  const keys = await generateKeyPair(algorithm);
  const { commonName, organization } = request;
  const subject = [{ CN: [commonName] }, ...(organization === undefined ? [] : [{ O: [organization] }])];
  const names = [
    ...(request.dnsNames ?? []).map((value) => ({ type: "dns" as const, value })),
    ...(request.ipAddresses ?? []).map((value) => ({ type: "ip" as const, value })),
    ...(request.uris ?? []).map((value) => ({ type: "url" as const, value })),
  ];
  const certificate = await x509.X509CertificateGenerator.create({
    ...commonOf(request),
    subject,
    issuer: by?.issuer ?? subject,
    publicKey: keys.publicKey,
    signingKey: by?.signingKey ?? keys.privateKey,
    signingAlgorithm: by === undefined ? algorithm : EC,
    extensions: names.length === 0 ? [] : [new x509.SubjectAlternativeNameExtension(names)],
  });
  return {
    cert: `${certificate.toString("pem")}\n`,
    key: String(KeyObject.from(keys.privateKey).export({ type: "pkcs8", format: "pem" })),
  };
}

function generateKeyPair(algorithm: typeof EC | typeof RSA) {
  return crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
}

function commonOf({ notBefore, notAfter }: Pick<CertificateRequest, "notBefore" | "notAfter">) {
  // Positive, and not longer than 20 bytes (RFC 5280 section 4.1.2.2).
  const serialNumber = `01${randomBytes(8).toString("hex")}`;
  return {
    serialNumber,
    notBefore: notBefore ?? new Date(Date.now() - MINUTE_MS),
    notAfter: notAfter ?? new Date(Date.now() + THIRTY_DAYS_MS),
  };
}

/** Only where it is needed: a provider without mutual TLS starts without it. */
async function loadLibrary() {
  await import("reflect-metadata");
  return import("@peculiar/x509");
}
