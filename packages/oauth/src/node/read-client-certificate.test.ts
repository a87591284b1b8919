import { createPrivateKey } from "node:crypto";
import { createCertificateAuthority, createSelfSignedCertificate } from "@coatcheck/dev-idp";
import type { MadeCertificate } from "@coatcheck/dev-idp";
import { expect, test } from "vitest";
import { readClientCertificate } from "./read-client-certificate.ts";

const NOW = Date.now();
const DAY_MS = 86_400_000;
const at = (days: number): Date => new Date(NOW + days * DAY_MS);

const authority = await createCertificateAuthority();
const issued = await authority.issue({ commonName: "app", organization: "Coat, check" });
const other = await createSelfSignedCertificate({ commonName: "other" });
const chained: MadeCertificate = { cert: issued.cert + authority.cert, key: issued.key };
const rsa = await createSelfSignedCertificate({ commonName: "app", keyKind: "RSA-2048" });

test.each([
  ["P-256, issued", issued, 1],
  ["with the authority's after it", chained, 2],
  ["RSA of 2,048 bits, self-signed", rsa, 1],
])("S-018 takes a certificate: %s", (_name, certificate, length) => {
  const reading = readClientCertificate(certificate, NOW);
  if (reading.kind !== "usable") throw new Error(reading.problem.fix);
  const { facts } = reading;
  expect(facts.publicJwk.x5c).toHaveLength(length);
  expect(facts.publicJwk).toMatchObject({ kid: facts.thumbprint });
  expect(Object.keys(facts.publicJwk)).not.toContain("d");
  expect(facts.thumbprint).toMatch(/^[\w-]{43}$/);
  expect(facts.expiresAtMs).toBeGreaterThan(NOW);
});

test("S-018 says the subject as it is registered", () => {
  const reading = readClientCertificate(issued, NOW);
  expect(reading).toMatchObject({ kind: "usable", facts: { subject: "CN=app, O=Coat\\, check" } });
});

const sealed = String(
  createPrivateKey(issued.key).export({
    type: "pkcs8",
    format: "pem",
    cipher: "aes-256-cbc",
    passphrase: "hunter2",
  }),
);
const expired = await authority.issue({ commonName: "app", notBefore: at(-2), notAfter: at(-1) });
const early = await authority.issue({ commonName: "app", notBefore: at(1), notAfter: at(2) });
const weak = await createSelfSignedCertificate({ commonName: "app", keyKind: "RSA-1024" });

test.each<[string, MadeCertificate, string, RegExp]>([
  ["no PEM at all", { ...issued, cert: "app" }, "clientCertificate", /PEM/],
  ["a key in the certificate's place", { cert: issued.key, key: issued.key }, "clientCertificate", /PEM/],
  [
    "a broken one in the chain",
    { ...issued, cert: `${issued.cert}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----` },
    "clientCertificate",
    /PEM/,
  ],
  ["no key", { ...issued, key: "hunter2" }, "clientCertificateKey", /passphrase/],
  ["a certificate in the key's place", { ...issued, key: issued.cert }, "clientCertificateKey", /passphrase/],
  ["a key with a passphrase", { ...issued, key: sealed }, "clientCertificateKey", /passphrase/],
  ["another one's key", { ...issued, key: other.key }, "clientCertificateKey", /another one's/],
  [
    "the authority's certificate first",
    { ...issued, cert: authority.cert + issued.cert },
    "clientCertificateKey",
    /comes first/,
  ],
  ["RSA of 1,024 bits", weak, "clientCertificate", /2048 bits/],
  ["one that is over", expired, "clientCertificate", /expired at \d{4}-/],
  ["one that isn't valid yet", early, "clientCertificate", /until \d{4}-/],
])("S-018 refuses %s, with the fix, and repeats nothing of it", (_name, certificate, field, fix) => {
  const reading = readClientCertificate(certificate, NOW);
  expect(reading).toEqual({ kind: "unusable", problem: { field, fix: expect.stringMatching(fix) } });
  expect(JSON.stringify(reading)).not.toMatch(/hunter2|BEGIN (?:ENCRYPTED )?PRIVATE/);
});
