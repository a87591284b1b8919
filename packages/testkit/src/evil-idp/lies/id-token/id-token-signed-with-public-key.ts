import { CompactSign, exportSPKI, importJWK } from "jose";
import type { Lie } from "../../lie.ts";

/** The ID token is signed by HMAC with the provider's public key as the secret: everybody could. */
export function idTokenSignedWithPublicKey(): Lie {
  return {
    name: "id-token-signed-with-public-key",
    async idToken({ header, claims }, { publicKey }) {
      const key = await importJWK(publicKey, publicKey.alg ?? "ES256", { extractable: true });
      if (key instanceof Uint8Array) throw new TypeError("a public key is expected");
      const secret = new TextEncoder().encode(await exportSPKI(key));
      return new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
        .setProtectedHeader({ ...header, alg: "HS256" })
        .sign(secret);
    },
  };
}
