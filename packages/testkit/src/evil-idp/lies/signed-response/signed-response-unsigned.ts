import { base64url } from "jose";
import type { Lie } from "../../lie.ts";

/** The signed authorization response has no signature, and says so. */
export function signedResponseUnsigned(): Lie {
  return {
    name: "signed-response-unsigned",
    signedResponse: ({ header, claims }) =>
      `${base64url.encode(JSON.stringify({ ...header, alg: "none" }))}.${base64url.encode(JSON.stringify(claims))}.`,
  };
}
