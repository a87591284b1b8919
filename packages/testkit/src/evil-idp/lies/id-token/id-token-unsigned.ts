import { base64url } from "jose";
import type { Lie } from "../../lie.ts";

/** The ID token has no signature; `alg` says so in this spelling. */
export function idTokenUnsigned(alg = "none"): Lie {
  return {
    name: "id-token-unsigned",
    idToken: ({ header, claims }) =>
      `${base64url.encode(JSON.stringify({ ...header, alg }))}.${base64url.encode(JSON.stringify(claims))}.`,
  };
}
