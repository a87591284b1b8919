import { base64url } from "jose";
import type { Lie } from "../../lie.ts";

/** A claim of the signed authorization response is changed after signing. */
export function signedResponseTampered(name: string, value: unknown): Lie {
  return {
    name: "signed-response-tampered",
    signedResponse: async ({ header, claims }, signer) => {
      const signed = await signer.sign(header, JSON.stringify(claims));
      const [protectedHeader = "", , signature = ""] = signed.split(".");
      return `${protectedHeader}.${base64url.encode(JSON.stringify({ ...claims, [name]: value }))}.${signature}`;
    },
  };
}
