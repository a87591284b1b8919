import { generateKeyPairSync } from "node:crypto";

/** A private JWK Set with one key, as the server takes it. */
export function createDemoClientKeys(): string {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return JSON.stringify({ keys: [{ ...privateKey.export({ format: "jwk" }), kid: "demo", alg: "ES256" }] });
}
