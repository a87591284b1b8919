import type { Lie } from "../../lie.ts";
import { setOrDelete } from "../absent.ts";

/** The signed authorization response, well signed, claims something else, or nothing. */
export function signedResponseClaim(name: string, value: unknown): Lie {
  return {
    name: "signed-response-claim",
    signedResponseDraft: ({ claims }) => setOrDelete(claims, name, value),
  };
}
