import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { promisify } from "node:util";

/** A certificate that signed itself, for one loopback address. */
export interface Certificate {
  /** PEM, both. */
  readonly key: string;
  readonly cert: string;
  /** Where the certificate lies, for `NODE_EXTRA_CA_CERTS`. */
  readonly file: string;
}

const SELF_SIGNED = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2".split(" ");

/** Makes a certificate in a folder, and has this process trust it. @throws {Error} where there is no `openssl` */
export async function makeCertificate(folder: string, address: string): Promise<Certificate> {
  const file = join(folder, "certificate.pem");
  const keyFile = join(folder, "certificate-key.pem");
  await promisify(execFile)("openssl", [
    ...SELF_SIGNED,
    "-subj",
    `/CN=${address}`,
    "-addext",
    `subjectAltName=IP:${address}`,
    "-keyout",
    keyFile,
    "-out",
    file,
  ]);
  const [key, cert] = await Promise.all([readFile(keyFile, "utf8"), readFile(file, "utf8")]);
  setDefaultCACertificates([...getCACertificates("default"), cert]);
  return { key, cert, file };
}
