import { CompactSign } from "jose";
import type { Lie } from "../../lie.ts";

/** The ID token is signed by HMAC with a secret: the client's, or a wrong one. */
export function idTokenSignedWithSecret(secret: string): Lie {
  return {
    name: "id-token-signed-with-secret",
    idToken: ({ header, claims }) =>
      new CompactSign(new TextEncoder().encode(JSON.stringify(claims)))
        .setProtectedHeader({ ...header, alg: "HS256" })
        .sign(new TextEncoder().encode(secret)),
  };
}
