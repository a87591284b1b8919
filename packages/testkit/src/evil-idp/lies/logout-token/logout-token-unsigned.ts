import { base64url } from "jose";
import type { Lie } from "../../lie.ts";

/** The logout token has no signature, and says so. */
export function logoutTokenUnsigned(): Lie {
  return {
    name: "logout-token-unsigned",
    logoutToken: ({ header, claims }) =>
      `${base64url.encode(JSON.stringify({ ...header, alg: "none" }))}.${base64url.encode(JSON.stringify(claims))}.`,
  };
}
