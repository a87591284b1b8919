import { generateKeyPairSync } from "node:crypto";
import { expect, test } from "vitest";
import { parseClientKeys } from "../client-auth/client-keys.ts";
import { clientKeysFromPem, isPem } from "./client-keys-from-pem.ts";
import { generateClientKeys } from "./generate-client-keys.ts";

const pkcs8 = { type: "pkcs8", format: "pem" } as const;
const rsa = generateKeyPairSync("rsa", { modulusLength: 2_048 }).privateKey;
const ec = generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
const ed = generateKeyPairSync("ed25519").privateKey;

test.each([
  ["PKCS#8 of RSA", String(rsa.export(pkcs8)), ["PS256"]],
  ["PKCS#1", String(rsa.export({ type: "pkcs1", format: "pem" })), ["PS256"]],
  ["SEC 1", String(ec.export({ type: "sec1", format: "pem" })), ["ES256"]],
  ["Ed25519", String(ed.export(pkcs8)), ["EdDSA"]],
  ["two in a row", String(ec.export(pkcs8)) + String(rsa.export(pkcs8)), ["ES256", "PS256"]],
])("S-018 reads %s", (_name, pem, algorithms) => {
  expect(isPem(pem)).toBe(true);
  const { keys, problems } = parseClientKeys(clientKeysFromPem(pem));
  expect([keys.map(({ alg }) => alg), problems]).toEqual([algorithms, []]);
});

test("S-018 refuses a key that is sealed by a passphrase, or none, without a word of it", () => {
  const sealed = String(ec.export({ ...pkcs8, cipher: "aes-256-cbc", passphrase: "hunter2" }));
  for (const pem of [sealed, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----"]) {
    expect(() => clientKeysFromPem(pem)).toThrow(/^not a private key in PEM without a passphrase$/);
  }
});

test("S-018 makes a key that is taken, another one each time", () => {
  const made = [generateClientKeys(), generateClientKeys()];
  expect(made.map((text) => parseClientKeys(text).problems)).toEqual([[], []]);
  expect(made[0]).not.toBe(made[1]);
});
